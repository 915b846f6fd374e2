// @module-tag slow
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { expect, test } from 'vitest';
import type { EngineName } from '../engine-names.js';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import type { Features } from '../features.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { CSRLoss } from '../losses/csr-loss.js';
import { type Loss, totalLoss } from '../losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));

const weights = { documentRegularizerWeight: 0.05, queryRegularizerWeight: 0.1 };
const LOSSES: readonly [string, string, (encoder: SparseEncoder) => Loss][] = [
  [
    'SpladeLoss',
    'splade-bert',
    (encoder) =>
      new SpladeLoss(encoder, { loss: new SparseMultipleNegativesRankingLoss(encoder), ...weights }),
  ],
  [
    'CachedSpladeLoss',
    'splade-bert',
    (encoder) =>
      new CachedSpladeLoss(encoder, {
        loss: new SparseMultipleNegativesRankingLoss(encoder),
        miniBatchSize: 2,
        ...weights,
      }),
  ],
  ['CSRLoss', 'csr-deep', (encoder) => new CSRLoss(encoder)],
];

/**
 * The texts of a column have the same length, since eager mini-batches are cut to their longest text and masks depend
 * on the length.
 */
const TEXTS = [
  ['a cloud of particles', 'of particles a cloud', 'particles of a cloud'],
  ['a sword handle', 'sword handle a', 'handle a sword'],
];

/** The modes of successive steps. */
const MODES = ['train', 'train', 'eval', 'train', 'eval'] as const;

async function losses(
  engine: EngineName,
  model: string,
  lossOf: (encoder: SparseEncoder) => Loss,
): Promise<{ steps: number[][]; masks: number; recordings: number }> {
  await setEngine(engine);
  const encoder = await SparseEncoder.load(join(MODELS, model));
  const columns = await Promise.all(TEXTS.map((texts) => encoder.preprocess(texts)));
  const variables = encoder.trainableVariables();
  const loss = lossOf(encoder);
  let recordings = 0;
  const step = compile(
    (features: Features[]) => {
      recordings++;
      const { value, grads } = tf.variableGrads(() => totalLoss(loss.forward(features)), variables);
      // A single number that depends on every gradient.
      return [value, tf.addN(Object.values(grads).map((gradient) => gradient.square().sum()))];
    },
    { name: 'step' },
  );
  const steps: number[][] = [];
  for (const mode of MODES) {
    encoder.mode = mode;
    const results = await step(columns);
    steps.push(await Promise.all(results.map(async (each) => (await each.data())[0] ?? NaN)));
    tf.dispose(results);
  }
  const masks = encoder.dropout.position;
  tf.dispose(columns as tf.TensorContainer[]);
  await step.dispose();
  await encoder.dispose();
  return { steps, masks, recordings };
}

test.each(LOSSES)(
  'compiled steps of %s follow the mode and draw the masks of eager steps',
  async (_, ...rest) => {
    const expected = await losses('cpu', ...rest);
    const found = await losses('onnx', ...rest);
    expect(found.masks).toBe(expected.masks);
    found.steps.forEach((step, index) =>
      step.forEach((number, at) => {
        const exact = expected.steps[index]?.[at] ?? NaN;
        expect(Math.abs(number - exact)).toBeLessThan(1e-4 * Math.abs(exact));
      }),
    );
    // Each step in mode train has its own masks. One recording serves all steps of a mode.
    const values = found.steps.map(([value]) => value);
    expect(new Set([values[0], values[1], values[2], values[3]]).size).toBe(4);
    expect(values[4]).toBeCloseTo(values[2] ?? NaN, 5);
    expect(found.recordings).toBe(2);
  },
);
