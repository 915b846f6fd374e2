import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import type { Features } from '../features.js';
import { withPackedTokens } from '../modules/packed-features.js';
import { packageRoot } from '../package-root.js';
import { SparseEncoder } from './sparse-encoder.js';

/** Each architecture, and each module that reads what a transformer makes. */
const NAMES = [
  'splade-bert',
  'splade-distilbert',
  'splade-mpnet',
  'splade-roberta',
  'splade-modernbert',
  'splade-electra',
  'splade-albert',
  'splade-deberta-v2',
  'splade-gte',
  'splade-new',
  'splade-sum',
  'csr',
  'inference-free',
];

const TEXTS = ['a cat', 'The dog sleeps under the old tree by the river.', '', 'rain', 'one two three four'];
const TASK = { task: 'document' };

afterAll(() => setEngine('cpu'));

const largest = (values: readonly number[]): number => Math.max(...values.map(Math.abs));

const differs = (a: readonly number[], b: readonly number[], scale = largest(b)): number => {
  return Math.max(...a.map((x, at) => Math.abs(x - (b[at] ?? Number.NaN)))) / scale;
};

/** The embeddings and the gradients of the sum of their squares. */
async function run(model: SparseEncoder, features: Features): Promise<number[][]> {
  const variables = model.trainableVariables();
  const kept: tf.Tensor[] = [];
  const { grads } = tf.variableGrads(() => {
    const embedding = model.forward(features).sentenceEmbedding as tf.Tensor;
    kept.push(tf.keep(embedding.clone()));
    return embedding.square().sum();
  }, variables);
  const results = [...kept, ...variables.map(({ name }) => grads[name] ?? tf.scalar(0))];
  return await Promise.all(results.map(async (each) => Array.from(await each.data())));
}

it.each(NAMES)('%s: nothing is computed for padding, and nothing else changes', async (name) => {
  await setEngine('cpu');
  const model = await SparseEncoder.load(join(packageRoot(), 'fixtures', 'models', name));
  const features = await model.preprocess(TEXTS, TASK);
  const [embeddings = [], ...gradients] = await run(model, features);
  expect(embeddings.some((value) => value !== 0)).toBe(true);

  await setEngine('onnx');
  const padded = await model.preprocess(TEXTS, TASK);
  const packed = await withPackedTokens(padded);
  expect(packed.packedTokens?.size).toBeLessThan(padded.inputIds?.size ?? 0);
  const states = model.forward(packed).predictionStates;
  expect(states?.shape[0]).toBe(states && packed.packedTokens?.size);
  const [packedEmbeddings = [], ...packedGradients] = await run(model, packed);
  expect(differs(packedEmbeddings, embeddings)).toBeLessThan(2e-5);
  // That of a bias of keys is only rounding.
  const scale = largest(gradients.map(largest)) / 100;
  gradients.forEach((gradient, index) => {
    expect(differs(packedGradients[index] ?? [], gradient, Math.max(scale, largest(gradient)))).toBeLessThan(
      1e-4,
    );
  });
  await model.dispose();
});
