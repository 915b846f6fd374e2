// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SparseEncoder } from '../../encoder/sparse-encoder.js';
import type { Features } from '../../features.js';
import { CachedSpladeLoss } from '../../losses/cached-splade-loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../losses/splade-loss.js';
import { modelFixture } from '../../testing/new-encoders.js';
import { gradientsOf, randomColumn } from '../../testing/training-steps.js';
import { AdamW } from '../../training/adamw.js';
import { elementsOf, tensorOver } from '../arrays.js';
import { compile } from '../compile/compile.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { setEngine } from '../set-engine.js';

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('onnx'));

const DIMENSIONS = ['queryLength', 'documentLength'].flatMap((length) => [
  ['batch', length],
  ['batch', length],
]);
/** One recording of the call itself, then four at trial sizes. */
const RECORDINGS = 5;

it.each([
  ['SpladeLoss', 200],
  ['CachedSpladeLoss', 20],
] as const)('%s trains %i steps of mixed lengths with one program', async (name, steps) => {
  const encoder = await SparseEncoder.load(modelFixture('splade-bert'));
  encoder.mode = 'train';
  const variables = encoder.trainableVariables();
  const optimizer = new AdamW(
    variables.map((variable) => elementsOf(variable) as Float32Array),
    { learningRate: 1e-3 },
  );
  variables.forEach((variable, at) =>
    variable.assign(tensorOver(optimizer.parameters[at] as Float32Array, variable.shape)),
  );
  const options = {
    loss: new SparseMultipleNegativesRankingLoss(encoder),
    documentRegularizerWeight: 1e-3,
    queryRegularizerWeight: 1e-3,
  };
  const loss =
    name === 'SpladeLoss'
      ? new SpladeLoss(encoder, options)
      : new CachedSpladeLoss(encoder, { ...options, miniBatchNumTokens: 20 });
  let recordings = 0;
  const step = compile(
    (columns: Features[]) => {
      recordings++;
      return gradientsOf(() => loss.forward(columns), encoder, 1);
    },
    { name: 'step', dimensions: DIMENSIONS },
  );
  const before = sharedRuntime().sessions.size;
  const vocabulary = encoder.tokenizer.vocabularySize;
  const losses: number[] = [];
  for (let at = 0; at < steps; at++) {
    const texts = 1 + (at % 6);
    const columns = [
      randomColumn(at % 7, texts, 1 + ((at * 5) % 13), vocabulary),
      randomColumn(at % 7, texts, 1 + ((at * 11) % 31), vocabulary),
    ];
    const [value, , ...gradients] = await step(columns);
    optimizer.step(gradients.map((gradient) => elementsOf(gradient) as Float32Array));
    losses.push(elementsOf(value as tf.Tensor)[0] as number);
    tf.dispose([value, ...gradients]);
    columns.forEach(({ inputIds, attentionMask }) => tf.dispose([inputIds, attentionMask]));
  }
  expect(recordings).toBe(RECORDINGS);
  expect(sharedRuntime().sessions.size).toBe(before + 1);
  expect(losses.every(Number.isFinite)).toBe(true);
  await step.dispose();
  await encoder.dispose();
});
