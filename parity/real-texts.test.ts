import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { DATA_FORMATS } from '../src/losses/catalog.js';
import { packageRoot } from '../src/package-root.js';
import type { Reference } from '../src/python/bridge.js';
import { REAL_FORMATS, loadRealTexts, type RealColumn } from './real-texts.js';

const DIMS = 3;

/** Embeds a text as [its number, its length, 0], and counts its calls. */
function stubReference() {
  const embedded: string[] = [];
  let calls = 0;
  const call: Reference['call'] = (fn, { meta }) => {
    calls++;
    expect(fn).toBe('texts.embed');
    const { texts } = meta as { texts: { embeddings: string[] } };
    embedded.push(...texts.embeddings);
    const data = new Float32Array(texts.embeddings.flatMap((text, index) => [index, text.length, 0]));
    const shape = [texts.embeddings.length, DIMS];
    return Promise.resolve({ meta: {}, tensors: { embeddings: { dtype: 'float32', shape, data } } });
  };
  const textsBehind = ({ data }: { data: Float32Array }) =>
    Array.from({ length: data.length / DIMS }, (_, row) => embedded[data[row * DIMS] ?? -1]);
  return { call, embedded, textsBehind, calls: () => calls };
}

function fixtureRows(file: string): Record<string, string & number & number[]>[] {
  const text = readFileSync(join(packageRoot(), 'fixtures', 'wordnet', `${file}.jsonl`), 'utf8');
  return text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line) as Record<string, string & number & number[]>);
}

describe('real texts', () => {
  it('cover every data format of the loss table that a loss takes as it is', () => {
    const trainable = DATA_FORMATS.filter(({ losses }) => losses.length > 0).map(({ id }) => id);
    expect(REAL_FORMATS.toSorted()).toEqual(trainable.toSorted());
  });

  it('are embedded in one call, no text twice', async () => {
    const reference = stubReference();
    await loadRealTexts(reference, 8);
    expect(reference.calls()).toBe(1);
    expect(new Set(reference.embedded).size).toBe(reference.embedded.length);
  });

  it('give the columns and scores of the rows that were asked for', async () => {
    const reference = stubReference();
    const texts = await loadRealTexts(reference, 6, { start: 2 });
    const { columns, labels } = texts.batch('scored-n-tuple', 3, 4);
    const rows = fixtureRows('scored-n-tuple').slice(4, 7);
    const names = ['query', 'positive', 'negative_1', 'negative_2', 'negative_3', 'negative_4'];
    expect(columns.map(reference.textsBehind)).toEqual(names.map((name) => rows.map((row) => row[name])));
    for (const { rows: count, dims } of columns) expect([count, dims]).toEqual([3, DIMS]);
    expect(labels?.shape).toEqual([3, 5]);
    expect(labels?.data).toEqual(Float32Array.from(rows.flatMap((row) => row['scores'] ?? [])));
  });

  it('give one number per row where the format has one, and no labels where it has none', async () => {
    const texts = await loadRealTexts(stubReference(), 4);
    const scores = fixtureRows('scored-pair').map((row) => row['score'] ?? Number.NaN);
    expect(texts.batch('scored-pair', 4).labels).toEqual({
      shape: [4],
      data: Float32Array.from(scores.slice(0, 4)),
    });
    expect(texts.batch('margin-triplet', 4).labels?.shape).toEqual([4]);
    expect(texts.batch('n-tuple', 4)).not.toHaveProperty('labels');
  });

  it('label the embedding formats with embeddings of the width of the columns', async () => {
    const reference = stubReference();
    const texts = await loadRealTexts(reference, 2);
    const [first, second] = fixtureRows('embedding-pair');
    const [definition, word] = [
      [first?.['text_1'], second?.['text_1']],
      [first?.['text_2'], second?.['text_2']],
    ];
    const behindLabels = (format: 'embedding' | 'embedding-shared' | 'embedding-per-column') => {
      const { columns, labels } = texts.batch(format, 2);
      if (labels === undefined) throw new Error(`${format} has no labels`);
      const columnTexts = columns.map((column: RealColumn) => reference.textsBehind(column));
      return { columnTexts, shape: labels.shape, labelTexts: reference.textsBehind(labels) };
    };
    expect(behindLabels('embedding')).toEqual({
      columnTexts: [definition],
      shape: [2, DIMS],
      labelTexts: word,
    });
    expect(behindLabels('embedding-shared')).toEqual({
      columnTexts: [definition, word],
      shape: [2, DIMS],
      labelTexts: word.map((text, row) => `${text}: ${definition[row]}`),
    });
    expect(behindLabels('embedding-per-column')).toEqual({
      columnTexts: [definition, word],
      shape: [2, 2, DIMS],
      labelTexts: [word[0], definition[0], word[1], definition[1]],
    });
  });

  it('give the same batch alone as from a common call', async () => {
    const [common, alone] = [stubReference(), stubReference()];
    const fromCommon = (await loadRealTexts(common, 8)).batch('triplet', 3, 5);
    const loaded = await loadRealTexts(alone, 3, { start: 5, formats: ['triplet'] });
    const { columns } = loaded.batch('triplet', 3, 5);
    expect(columns.map(alone.textsBehind)).toEqual(fromCommon.columns.map(common.textsBehind));
  });

  it('refuse rows that the file does not have or that were not loaded', async () => {
    const texts = await loadRealTexts(stubReference(), 4, { start: 2, formats: ['pair'] });
    expect(() => texts.batch('pair', 4, 3)).toThrow(/rows 3 to 6 of pair.*4 from row 2 are loaded/);
    expect(() => texts.batch('pair', 1, 1)).toThrow(RangeError);
    expect(() => texts.batch('triplet', 1, 2)).toThrow(RangeError);
    await expect(loadRealTexts(stubReference(), 8, { start: 30 })).rejects.toThrow(/embedding has 32/);
  });

  it('refuse an answer of another shape', async () => {
    const silent = { call: () => Promise.resolve({ meta: {}, tensors: {} }) };
    await expect(loadRealTexts(silent, 1)).rejects.toThrow(/returned nothing; expected float32/);
  });
});
