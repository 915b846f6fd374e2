import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError } from '../errors.js';
import type { Features } from '../features.js';
import { TokenEncoder, tokenColumn } from '../testing/token-encoder.js';
import { CachedSpladeLoss } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { withTokenCounts } from './mini-batches.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';

afterAll(() => setEngine('cpu'));

const columns = (): Features[] => [tokenColumn(1, [2, 5, 1]), tokenColumn(2, [4, 3, 6])];

/** The loss of a model with its own random numbers, so that it is recorded mini-batch by mini-batch. */
const stepOf = (encoder: TokenEncoder) => {
  const loss = new CachedSpladeLoss(encoder, {
    loss: new SparseMultipleNegativesRankingLoss(encoder),
    documentRegularizerWeight: 0.1,
    queryRegularizerWeight: 0.1,
    miniBatchNumTokens: 6,
  });
  return (features: Features[]) => totalLoss(loss.forward(features));
};

it.each(['cpu', 'onnx'] as const)('a budget of tokens is kept within compile on %s', async (engine) => {
  await setEngine('cpu');
  const expected = (await stepOf(new TokenEncoder())(columns()).data())[0];
  await setEngine(engine);
  const encoder = new TokenEncoder();
  const step = compile(stepOf(encoder));
  const given = await Promise.all(columns().map(withTokenCounts));
  expect(given.map(({ tokenCounts }) => tokenCounts)).toEqual([
    [2, 5, 1],
    [4, 3, 6],
  ]);
  const found = await step(given);
  expect((await found.data())[0]).toBeCloseTo(expected as number, 5);
  // Without the budget, or with the budget of other texts, the mini-batches would differ.
  const rows = new Set(encoder.seenShapes.map(([texts]) => texts));
  expect(rows).toEqual(new Set([1, 2]));
  await step.dispose();
});

it('without the counts an error says where they come from', async () => {
  await setEngine('onnx');
  const step = compile(stepOf(new TokenEncoder()));
  await expect(step(columns())).rejects.toThrow(
    'expected features with the tokenCounts of `withTokenCounts`',
  );
  await step.dispose();
});

it('counts of other texts, and features without a mask, are refused', async () => {
  await setEngine('cpu');
  const [query, document] = columns() as [Features, Features];
  expect(() => stepOf(new TokenEncoder())([{ ...query, tokenCounts: [2] }, document])).toThrow(
    new InputError('CachedSpladeLoss: tokenCounts has 1 numbers; expected 3, one for each text'),
  );
  await expect(withTokenCounts({ inputIds: tf.zeros([1, 2], 'int32') })).rejects.toThrow(
    'withTokenCounts: attentionMask is undefined; expected a tensor [batch, length]',
  );
});
