import * as tf from '@tensorflow/tfjs';
import { afterEach, expect, test, vi } from 'vitest';
import type { SparseRow } from '../sparse/row.js';
import { distance, openModel, ROUNDING, rows, TEXTS } from '../testing/encoding.js';
import { Inference } from './inference.js';
import type { SparseEncoder } from './sparse-encoder.js';

afterEach(() => vi.restoreAllMocks());

const MANY = Array.from({ length: 100 }, (_, index) => `${TEXTS[index % TEXTS.length] as string} ${index}`);

test('concurrent calls share batches, and each gets its own embeddings', async () => {
  const model = await openModel('splade-bert');
  const together = rows(await model.encodeQuery(MANY));
  const embed = vi.spyOn(Inference.prototype, 'embed');
  const apart = await Promise.all(MANY.map((text) => model.encodeQuery(text)));
  expect(distance(apart.flatMap(rows), together)).toBeLessThan(ROUNDING);
  expect(embed.mock.calls.length).toBeLessThan(20);
  for (const [batch] of embed.mock.calls) expect(batch.texts).toBeLessThanOrEqual(32);
});

test('calls of other options get batches of their own', async () => {
  const model = await openModel('splade-bert');
  const texts = TEXTS.slice(0, 4);
  const [plain, few, single] = await Promise.all([
    Promise.all(texts.map((text) => model.encode(text))),
    Promise.all(texts.map((text) => model.encode(text, { maxActiveDims: 3 }))),
    Promise.all(texts.map((text) => model.encode(text, { batchSize: 1 }))),
  ]);
  const expected = rows(await model.encode(texts));
  expect(distance(plain.flatMap(rows), expected)).toBeLessThan(ROUNDING);
  expect(distance(single.flatMap(rows), expected)).toBeLessThan(ROUNDING);
  expect(few.map(({ indices }) => indices.length)).toEqual(
    rows(await model.encode(texts, { maxActiveDims: 3 })).map(({ indices }) => indices.length),
  );
});

test('a text without embedding fails its own call and none that shares the batch', async () => {
  const model = await openModel('splade-bert');
  const expected = rows(await model.encode(TEXTS));
  const lengths = (await model.tokenize(TEXTS)).map(({ length }) => length);
  const longest = lengths.indexOf(Math.max(...lengths));
  const others = TEXTS.map((_, index) => index).filter((index) => index !== longest);
  spoilPosition(model, Math.max(...others.map((index) => lengths[index] as number)));
  // If it were in the same batch, the padding of the others would reach that position, too.
  const calls = await Promise.allSettled(TEXTS.map((text) => model.encode(text)));
  expect(calls.flatMap(({ status }, index) => (status === 'rejected' ? [index] : []))).toEqual([longest]);
  const found = calls.flatMap((call) => (call.status === 'fulfilled' ? rows(call.value) : []));
  const right = others.map((index) => expected[index] as SparseRow);
  expect(distance(found, right)).toBeLessThan(ROUNDING);
});

/** Makes the embedding of a position NaN. */
function spoilPosition(model: SparseEncoder, position: number): void {
  const found = model.namedParameters().find(([name]) => name.endsWith('position_embeddings.weight'))?.[1];
  if (found === undefined) throw new Error('the model has no positions');
  const [count = 0, width = 0] = found.shape;
  const elements = new Float32Array(count * width).fill(0);
  elements.fill(Number.NaN, position * width, (position + 1) * width);
  tf.tidy(() => found.assign(found.add(tf.tensor2d(elements, [count, width]))));
}
