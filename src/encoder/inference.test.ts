import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { elementsOf, tensorOver } from '../engine/arrays.js';
import { setEngine } from '../engine/set-engine.js';
import { leavesOf } from './module-tree.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));
const TEXTS = ['a cloud of particles', 'the handle of a sword'];

/** A parameter as somebody finds it who never asks the encoder for its parameters. */
function tokenTable(model: SparseEncoder): tf.Variable {
  const named = leavesOf(model.modules).flatMap(({ module }) => module.parameters.entries());
  const found = named.find(([name]) => name.endsWith('word_embeddings.weight'));
  if (found === undefined) throw new RangeError('no table of tokens');
  return found[1];
}

describe.each(['onnx', 'cpu'] as const)('on the engine %s', (engine) => {
  test.each(['splade-bert', 'csr', 'inference-free'])(
    'a parameter of the modules of %s that is assigned to is seen by the next encode',
    async (name) => {
      await setEngine(engine);
      const [model, fresh] = [
        await SparseEncoder.load(join(MODELS, name)),
        await SparseEncoder.load(join(MODELS, name)),
      ];
      const before = await model.encode(TEXTS);
      for (const each of [model, fresh]) tokenTable(each).assign(tf.tidy(() => tokenTable(each).mul(0.5)));
      const changed = await model.encode(TEXTS);
      expect(changed).not.toEqual(before);
      // Never encoded anything before.
      fresh.trainableVariables();
      expect(changed).toEqual(await fresh.encode(TEXTS));
      await Promise.all([model.dispose(), fresh.dispose()]);
    },
  );
});

test('after an assignment also what is written to its array is seen, as by AdamW', async () => {
  await setEngine('onnx');
  const model = await SparseEncoder.load(join(MODELS, 'splade-bert'));
  const expected = await model.encode(TEXTS);
  const table = tokenTable(model);
  const array = (elementsOf(table) as Float32Array).map((x) => x / 2);
  const over = tensorOver(array, table.shape);
  table.assign(over);
  over.dispose();
  const halved = await model.encode(TEXTS);
  expect(halved).not.toEqual(expected);
  array.forEach((x, index) => (array[index] = 2 * x));
  const restored = await model.encode(TEXTS);
  expect(restored.indices).toEqual(expected.indices);
  restored.values.forEach((x, index) => expect(x).toBeCloseTo(expected.values[index] as number, 5));
  await model.dispose();
});
