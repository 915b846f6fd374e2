import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { TokenEncoder, tokenColumn } from '../testing/token-encoder.js';
import { gradientDifference, variableOutcome } from '../testing/variable-gradients.js';
import { CachedSpladeLoss, type CachedSpladeLossOptions } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { SparseDistillKLDivLoss } from './sparse-distill-kl-div-loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from './splade-loss.js';

let encoder: TokenEncoder;
beforeEach(() => {
  encoder = new TokenEncoder();
});
afterEach(() => {
  encoder.dispose();
  vi.restoreAllMocks();
});

const features = [
  tokenColumn(1, [2, 4, 1, 3, 2]),
  tokenColumn(2, [5, 1, 6, 2, 3]),
  tokenColumn(3, [3, 3, 2, 7, 1]),
];
const options = () => ({
  loss: new SparseMultipleNegativesRankingLoss(encoder, { scale: 2 }),
  documentRegularizerWeight: 0.5,
  queryRegularizerWeight: 0.25,
});
const plain = () => new SpladeLoss(encoder, options());
const cached = (more: Partial<CachedSpladeLossOptions>) =>
  new CachedSpladeLoss(encoder, { ...options(), ...more });
const total = (loss: SpladeLoss) => variableOutcome(() => totalLoss(loss.forward(features)));

describe('CachedSpladeLoss', () => {
  const sizes: Partial<CachedSpladeLossOptions>[] = [
    ...[1, 2, 3, 32].map((miniBatchSize) => ({ miniBatchSize })),
    ...[1, 5, 8, 1000].map((miniBatchNumTokens) => ({ miniBatchNumTokens })),
  ];
  it.each(sizes)('gives the value and the gradients of SpladeLoss with %o', (size) => {
    const expected = total(plain());
    const found = total(cached(size));
    expect(found.value).toBeCloseTo(expected.value, 5);
    expect(Object.keys(found.gradients)).toHaveLength(3);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('gives the components of SpladeLoss, in the same order', () => {
    const expected = Object.entries(plain().forward(features));
    const found = Object.entries(cached({ miniBatchSize: 2 }).forward(features));
    expect(found.map(([key]) => key)).toEqual(expected.map(([key]) => key));
    found.forEach(([, value], i) => {
      expect(value.dataSync()[0]).toBeCloseTo(expected[i]?.[1].dataSync()[0] ?? NaN, 5);
    });
  });

  it('scales gradients by an outer factor', () => {
    const scaled = (loss: SpladeLoss) => variableOutcome(() => totalLoss(loss.forward(features)).mul(-1024));
    expect(gradientDifference(scaled(cached({ miniBatchSize: 2 })), scaled(plain()))).toBeLessThan(2e-6);
  });

  it('weighs the gradient of each component by itself', () => {
    const weighted = (loss: SpladeLoss) =>
      variableOutcome(() => {
        const values = Object.values(loss.forward(features));
        return tf.addN(values.map((value, i) => value.mul([3, -2, 0.5][i] ?? NaN)));
      });
    expect(gradientDifference(weighted(cached({ miniBatchSize: 2 })), weighted(plain()))).toBeLessThan(2e-6);
  });

  it('gives the gradient of one component where the others take no part', () => {
    const one = (loss: SpladeLoss) =>
      variableOutcome(() => loss.forward(features)['query_regularizer_loss'] as tf.Scalar);
    expect(gradientDifference(one(cached({ miniBatchSize: 2 })), one(plain()))).toBeLessThan(2e-6);
  });

  it('hands labels to the base loss', () => {
    const labels = tf.tensor2d([
      [3, 1],
      [2, 2],
      [0, 1],
      [5, 0],
      [1, 1],
    ]);
    const loss = new SparseDistillKLDivLoss(encoder);
    const outcome = (wrapper: SpladeLoss) =>
      variableOutcome(() => totalLoss(wrapper.forward(features, labels)));
    const found = outcome(cached({ loss, miniBatchSize: 2 }));
    const expected = outcome(new SpladeLoss(encoder, { ...options(), loss }));
    expect(found.value).toBeCloseTo(expected.value, 5);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('regularizes only documents on request', () => {
    const documentsOnly = { queryRegularizerWeight: null, useDocumentRegularizerOnly: true };
    const found = total(cached({ ...documentsOnly, miniBatchSize: 2 }));
    const expected = total(new SpladeLoss(encoder, { ...options(), ...documentsOnly }));
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('lists its options after those of SpladeLoss, and cites the gradient cache as well', () => {
    expect(Object.entries(cached({}).getConfigDict()).slice(-2)).toEqual([
      ['mini_batch_size', 32],
      ['mini_batch_num_tokens', null],
    ]);
    expect(Object.keys(cached({}).getConfigDict())).toEqual([
      ...Object.keys(plain().getConfigDict()),
      'mini_batch_size',
      'mini_batch_num_tokens',
    ]);
    expect(cached({}).citation).toMatch(/@misc\{gao2021scaling,[^@]*@misc\{formal2022distill/);
  });

  it('writes no progress if stderr is not a terminal, even on request', () => {
    const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
    total(cached({ miniBatchSize: 1, showProgressBar: true }));
    expect(write).not.toHaveBeenCalled();
  });

  it('needs an attention mask only to count tokens', () => {
    const withoutMask = features.map(({ inputIds }) => ({ inputIds: inputIds as tf.Tensor }));
    expect(() => cached({ miniBatchNumTokens: 5 }).forward(withoutMask)).toThrow(
      /miniBatchNumTokens.*attentionMask/,
    );
  });
});
