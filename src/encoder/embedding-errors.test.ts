import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { EmbeddingError } from '../errors.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';
import { EncoderPool } from './pool/encoder-pool.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODEL = 'csr';
const WORD = 'sword';
/** One of these texts gets NaN from the model; the others have other lengths. */
const TEXTS = ['a cloud of many particles', 'a', WORD, 'the handle of a knife', 'a handle'];
const OTHERS = [...TEXTS.filter((text) => text !== WORD), 'a knife'];
const TOLD = 'the model gave an invalid embedding for it: column';

/** A model in which one token, which occurs only in that word, is embedded as NaN. */
async function brokenModel(): Promise<SparseEncoder> {
  const model = await SparseEncoder.load(modelFixture(MODEL));
  const tokens = await model.tokenize([WORD, ...OTHERS]);
  const known = new Set(tokens.slice(1).flat());
  const id = tokens[0]?.find((each) => !known.has(each));
  const table = model.namedParameters().find(([name]) => name.endsWith('word_embeddings.weight'))?.[1];
  if (table === undefined || id === undefined) throw new RangeError('no token to break');
  const [rows, width] = table.shape as [number, number];
  const values = Float32Array.from(await table.data());
  values.fill(Number.NaN, id * width, (id + 1) * width);
  const changed = tf.tensor2d(values, [rows, width]);
  table.assign(changed);
  changed.dispose();
  return model;
}

describe.each(['onnx', 'cpu'] as const)('NaN from the model, on the engine %s', (engine) => {
  let model: SparseEncoder;
  beforeAll(async () => {
    await setEngine(engine);
    model = await brokenModel();
  });
  afterAll(() => model.dispose());

  it.each([1, 2, 32])('is reported with its text, in batches of %i', async (batchSize) => {
    const encoding = model.encodeQuery(TEXTS, { batchSize });
    await expect(encoding).rejects.toThrow(EmbeddingError);
    await expect(encoding).rejects.toThrow(
      new RegExp(`^text 2: ${TOLD} \\d+: NaN; expected a finite value$`),
    );
    await expect(encoding).rejects.toMatchObject({ text: 2 });
  });

  it('is reported with the first such text of a stream, after all earlier embeddings', async () => {
    const texts = ['a', 'a knife', `the handle of a ${WORD} and of many knives`, 'a handle', WORD];
    const found: SparseRow[] = [];
    const read = async (): Promise<void> => {
      for await (const row of model.encodeStream(texts, { task: 'query', batchSize: 8 })) found.push(row);
    };
    await expect(read()).rejects.toMatchObject({ name: 'EmbeddingError', text: 2 });
    const expected = await model.encodeQuery(texts.slice(0, 2));
    expect(found).toEqual([0, 1].map((row) => rowOf(expected, row)));
  });

  it('is reported with its text in a stream, however far on it is', async () => {
    const texts = [...Array.from({ length: 70 }, () => 'a knife'), ...TEXTS];
    let count = 0;
    const read = async (): Promise<void> => {
      for await (const _ of model.encodeStream(texts, { task: 'query', batchSize: 2 })) count++;
    };
    await expect(read()).rejects.toThrow(`text 72: ${TOLD}`);
    // All earlier texts came first.
    expect(count).toBe(72);
  });
});

describe('NaN from a saved model', () => {
  const save = async (): Promise<string> => {
    await setEngine('onnx');
    const model = await brokenModel();
    const folder = join(temporaryFolder(), 'broken');
    await model.save(folder);
    await model.dispose();
    return folder;
  };

  it('is reported with the text of the call, not of the batch that calls share', async () => {
    const pool = await EncoderPool.load(await save(), { workers: 1, maxBatch: 3 });
    const calls = await Promise.allSettled([pool.encodeQuery(['a', 'a handle']), pool.encodeQuery(TEXTS)]);
    await pool.dispose();
    expect(calls.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
    expect(calls[1]).toMatchObject({ reason: { name: 'EmbeddingError', text: 2 } });
  });

  it('is reported with file and line on the command line', async () => {
    const folder = await save();
    const [texts, queries] = ['texts.txt', 'queries.jsonl'].map((name) => join(folder, name)) as [
      string,
      string,
    ];
    writeFileSync(texts, TEXTS.join('\n'));
    writeFileSync(queries, `\n${TEXTS.map((text) => JSON.stringify({ text })).join('\n')}`);
    for (const [file, line] of [
      [texts, 3],
      [queries, 4],
    ] as const) {
      const encoded = await runHere(['encode', folder, '--task', 'query', '--input', file]);
      expect(encoded.stderr).toContain(`${file}:${line}: ${TOLD}`);
      expect(encoded.code).toBe(2);
    }
    const ranked = await runHere(['similarity', folder, '--queries', queries, '--documents', texts]);
    expect(ranked.stderr).toContain(`${queries}:4: ${TOLD}`);
  });
});
