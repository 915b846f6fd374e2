import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { collect, distance, openModel, ROUNDING, rows, stream, TEXTS } from '../testing/encoding.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { SparseEncoder } from './sparse-encoder.js';

describe.each(['onnx', 'cpu'] as const)('on the engine %s', (engine) => {
  beforeEach(() => setEngine(engine));

  test.each(['splade-bert', 'splade-sum', 'csr-deep', 'inference-free'])(
    '%s leaves no tensors behind, also after errors',
    async (name) => {
      const model = await openModel(name);
      await model.encode(TEXTS);
      const before = tf.memory().numTensors;
      await model.encode(TEXTS, { batchSize: 2 });
      await model.encodeQuery('dog', { prompt: 'a ', normalize: true });
      await collect(model.encodeStream(stream(TEXTS), { batchSize: 2 }));
      await model.encode([1 as unknown as string]).catch(() => undefined);
      await model.encode('dog', { maxActiveDims: -1 }).catch(() => undefined);
      expect(tf.memory().numTensors).toBe(before);
    },
  );

  test('dispose frees everything that loading and encoding made', async () => {
    const before = tf.memory().numTensors;
    const model = await SparseEncoder.load(join(MODELS, 'csr'));
    await model.encode(TEXTS);
    await model.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  test('concurrent calls give the same as successive ones', async () => {
    const model = await openModel('splade-bert');
    const other = await openModel('csr');
    const reversed = TEXTS.toReversed();
    const works = [
      () => model.encode(TEXTS, { batchSize: 2 }),
      () => model.encode(reversed, { batchSize: 3, normalize: true }),
      () => other.encode(TEXTS, { batchSize: 2 }),
      () => model.encodeQuery(TEXTS.slice(0, 2), { maxActiveDims: 4 }),
    ];
    const expected: SparseMatrix[] = [];
    for (const work of works) expected.push(await work());
    expect(await Promise.all(works.map((work) => work()))).toEqual(expected);
  });

  test.each(['splade-bert', 'csr'])(
    'parameters of %s that change are seen by the next encode',
    async (name) => {
      const model = await openModel(name);
      const frozen = rows(await model.encode(TEXTS));
      const variables = model.trainableVariables();
      expect(distance(rows(await model.encode(TEXTS)), frozen)).toBeLessThan(ROUNDING);
      const [, variable] =
        model.namedParameters().find(([path]) => path.endsWith('word_embeddings.weight')) ?? [];
      expect(variables).toContain(variable);
      const half = tf.tidy(() => variable?.mul(0.5) as tf.Tensor);
      variable?.assign(half);
      half.dispose();
      const changed = rows(await model.encode(TEXTS));
      expect(changed).not.toEqual(frozen);
      const fresh = await openModel(name);
      const again = fresh.namedParameters().find(([path]) => path.endsWith('word_embeddings.weight'))?.[1];
      again?.assign(variable as tf.Tensor);
      expect(distance(rows(await fresh.encode(TEXTS)), changed)).toBeLessThan(ROUNDING);
    },
  );

  test('the parameters may be requested while a text is encoded', async () => {
    const model = await openModel('splade-bert');
    const expected = rows(await model.encode(TEXTS, { batchSize: 1 }));
    const work = model.encode(TEXTS, { batchSize: 1, onProgress: () => void model.trainableVariables() });
    expect(distance(rows(await work), expected)).toBeLessThan(ROUNDING);
  });
});

test('the engine may be changed between two calls', async () => {
  await setEngine('onnx');
  const model = await openModel('splade-bert');
  const onnx = rows(await model.encode(TEXTS));
  await setEngine('cpu');
  expect(distance(rows(await model.encode(TEXTS)), onnx)).toBeLessThan(ROUNDING);
  await setEngine('onnx');
  expect(distance(rows(await model.encode(TEXTS)), onnx)).toBeLessThan(ROUNDING);
});
