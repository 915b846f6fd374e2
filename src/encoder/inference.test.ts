import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { describe, expect, test } from 'vitest';
import { elementsOf, tensorOver } from '../engine/arrays.js';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { setEngine } from '../engine/set-engine.js';
import { router } from '../modules/router.js';
import { forwardThrough, Inference, type TokenBatch } from './inference.js';
import { leavesOf } from './module-tree.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));
const TEXTS = ['a cloud of particles', 'the handle of a sword'];

/** A parameter, reached without asking the encoder for its parameters. */
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
      // This one has never encoded anything.
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

describe('programs', () => {
  const batch: TokenBatch = {
    texts: 2,
    length: 3,
    inputIds: Int32Array.of(5, 6, 7, 8, 9, 10),
    attentionMask: Int32Array.of(1, 1, 1, 1, 1, 0),
  };

  test.each([
    ['splade-bert', 1],
    // Limits up to 1, 2, 4, 8 and 16 latents.
    ['csr', 5],
    ['csr-deep', 5],
  ])('of %s do not multiply with limits, prompts and tasks', async (name, most) => {
    await setEngine('onnx');
    const model = await SparseEncoder.load(join(MODELS, name));
    const inference = new Inference(model.modules);
    const before = sharedRuntime().sessions.size;
    for (let round = 1; round <= 16; round++) {
      await inference.embed(batch, { maxActiveDims: round, promptLength: round % 3, task: `task ${round}` });
    }
    expect(sharedRuntime().sessions.size - before).toBe(most);
    await inference.dispose();
    expect(sharedRuntime().sessions.size).toBe(before);
    await model.dispose();
  });

  test.each([1, 3, 5, 8, 11])('of an auto-encoder keep the %i largest latents', async (maxActiveDims) => {
    await setEngine('onnx');
    const model = await SparseEncoder.load(join(MODELS, 'csr'));
    const found = await model.encode(TEXTS, { maxActiveDims });
    const features = await model.preprocess(TEXTS);
    const { sentenceEmbedding } = forwardThrough(model.modules, features, {
      mode: 'inference',
      maxActiveDims,
    });
    const expected = await (sentenceEmbedding as tf.Tensor).data();
    const columns = found.columns;
    for (let row = 0; row < found.rows; row++) {
      const [begin = 0, end = 0] = found.indptr.slice(row, row + 2);
      expect(end - begin).toBeLessThanOrEqual(maxActiveDims);
      const dense = expected.slice(row * columns, (row + 1) * columns);
      const active = [...dense.keys()].filter((column) => dense[column] !== 0);
      expect(Array.from(found.indices.slice(begin, end))).toEqual(active);
      active.forEach((column, at) =>
        expect(found.values[begin + at]).toBeCloseTo(dense[column] as number, 5),
      );
    }
    await model.dispose();
  });

  test('are one for each route, whatever the tasks are called', async () => {
    await setEngine('onnx');
    const model = await SparseEncoder.load(join(MODELS, 'splade-bert'));
    const routed = router({ routes: new Map([['document', model.modules]]) });
    const inference = new Inference([routed]);
    const before = sharedRuntime().sessions.size;
    const embeddings = [
      await inference.embed(batch, { task: 'document' }),
      await inference.embed(batch, {}),
      await new Inference(model.modules).embed(batch, {}),
    ];
    expect(embeddings[1]).toEqual(embeddings[0]);
    expect(embeddings[2]).toEqual(embeddings[0]);
    expect(sharedRuntime().sessions.size - before).toBe(2);
    await inference.dispose();
    await model.dispose();
  });
});
