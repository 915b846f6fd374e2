import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { HAS_REFERENCE, liveReference } from '../src/testing/python/live-reference.js';
import { loadRealTexts, type RealColumn } from './real-texts.js';

const VOCABULARY = 30_522;

const activeDimensions = ({ data, dims }: RealColumn): number[] =>
  Array.from({ length: data.length / dims }, (_, row) =>
    data.subarray(row * dims, (row + 1) * dims).reduce((count, weight) => count + Number(weight > 0), 0),
  );

const mean = (numbers: readonly number[]): number =>
  numbers.reduce((sum, number) => sum + number, 0) / numbers.length;

describe.runIf(HAS_REFERENCE)('embeddings of real texts', () => {
  const reference = liveReference();
  const cache = mkdtempSync(join(tmpdir(), 'sparse-encoder-real-texts-'));
  afterAll(() => rmSync(cache, { recursive: true }));

  it('are non-negative, of vocabulary width, and as sparse as those of a SPLADE model', async () => {
    const { columns } = (await loadRealTexts(reference, 8, { cache })).batch('pair', 8);
    const [words, definitions] = columns;
    if (words === undefined || definitions === undefined) throw new Error('pair has two columns');
    for (const { data, dims } of columns) {
      expect(dims).toBe(VOCABULARY);
      expect(data.every((weight) => weight >= 0 && Number.isFinite(weight))).toBe(true);
    }
    expect(mean(activeDimensions(words))).toBeGreaterThan(20);
    expect(mean(activeDimensions(definitions))).toBeGreaterThan(80);
    expect(mean(activeDimensions(definitions))).toBeLessThan(300);
  });

  it('are the same from the cached model as from the model when it was built', async () => {
    const fresh = { cache: join(cache, 'fresh'), formats: ['triplet'] as const };
    const first = (await loadRealTexts(reference, 2, fresh)).batch('triplet', 2);
    const second = (await loadRealTexts(reference, 2, fresh)).batch('triplet', 2);
    expect(second).toEqual(first);
  });
});
