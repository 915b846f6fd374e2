// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import type { Features } from '../features.js';
import { modelFixture } from '../testing/new-encoders.js';
import { difference, numbersOf } from '../testing/tiny-forward.js';
import { CachedSpladeLoss } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from './splade-loss.js';

const COLUMNS = [
  ['a cloud of particles', 'a sword handle', 'a word', 'rain', 'light'],
  ['particles', 'the handle of a sword', 'part of a sentence', 'water that falls', 'what is seen'],
];
const WEIGHTS = { documentRegularizerWeight: 0.03, queryRegularizerWeight: 0.05 };

afterAll(() => setEngine('onnx'));

/** The loss and all gradients of two steps after each other, with units dropped. */
async function twoSteps(
  make: (model: SparseEncoder) => SpladeLoss | CachedSpladeLoss,
  gradientCheckpointing: boolean,
): Promise<number[][]> {
  const model = await SparseEncoder.load(modelFixture('splade-bert'));
  Object.assign(model, { mode: 'train', gradientCheckpointing });
  model.dropout.restart(5);
  const loss = make(model);
  const variables = model.trainableVariables();
  const step = compile((features: Features[]) => {
    const { value, grads } = tf.variableGrads(() => totalLoss(loss.forward(features)), variables);
    return [value, ...variables.map(({ name }) => (grads[name] as tf.Tensor).flatten())];
  });
  const columns = await Promise.all(COLUMNS.map((texts) => model.preprocess(texts)));
  const steps = [];
  for (let taken = 0; taken < 2; taken++) {
    steps.push((await Promise.all((await step(columns)).map(numbersOf))).flat());
  }
  await step.dispose();
  await model.dispose();
  return steps;
}

it.each([
  [
    'SpladeLoss',
    (model: SparseEncoder) =>
      new SpladeLoss(model, { loss: new SparseMultipleNegativesRankingLoss(model), ...WEIGHTS }),
  ],
  [
    'CachedSpladeLoss',
    (model: SparseEncoder) =>
      new CachedSpladeLoss(model, {
        loss: new SparseMultipleNegativesRankingLoss(model),
        ...WEIGHTS,
        miniBatchSize: 2,
      }),
  ],
] as const)('%s has the same gradients whether layers are kept or computed again', async (_, make) => {
  for (const engine of ['onnx', 'cpu'] as const) {
    await setEngine(engine);
    const [first = [], second = []] = await twoSteps(make, false);
    const [firstAgain = [], secondAgain = []] = await twoSteps(make, true);
    expect(difference(firstAgain, first)).toBeLessThan(1e-5);
    expect(difference(secondAgain, second)).toBeLessThan(1e-5);
    expect(difference(second, first)).toBeGreaterThan(1e-4);
  }
});
