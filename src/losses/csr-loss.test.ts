import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { tensorOutcome } from '../testing/gradients.js';
import { randomColumns, tensorOf } from '../testing/matrices.js';
import { autoEncoderModel, featuresOf } from '../testing/models.js';
import { CSRLoss, type CSRLossOptions } from './csr-loss.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { type BaseLoss, totalLoss } from './loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';

const model = autoEncoderModel();
const columns = randomColumns(30, 3, 4, 5);
const create = (options?: CSRLossOptions) => new CSRLoss(model, options);
const keysOf = (loss: CSRLoss) => Object.keys(loss.forward(featuresOf(columns.map(tensorOf))));

describe('CSRLoss', () => {
  const cases = [
    { beta: 0.1, gamma: 1, options: {} },
    { beta: 0.5, gamma: 1, options: { beta: 0.5 } },
    { beta: 0.1, gamma: 3, options: { gamma: 3 } },
    { beta: 0, gamma: 0, options: { beta: 0, gamma: 0 } },
  ];
  it.each(cases)(
    'is reconstruction plus gamma times the base loss for $options',
    ({ beta, gamma, options }) => {
      const loss = create(options);
      const reconstruction = new CSRReconstructionLoss(model, { beta });
      const ranking = new SparseMultipleNegativesRankingLoss(model);
      const whole = tensorOutcome((e) => totalLoss(loss.forward(featuresOf(e))), columns);
      const parts = tensorOutcome((e) => {
        const outputs = featuresOf(e).map((features) => model.forward(features));
        return totalLoss(reconstruction.computeLossFromEmbeddings(outputs)).add(
          ranking.computeLossFromEmbeddings(e).mul(gamma),
        );
      }, columns);
      expect(whole.value).toBeCloseTo(parts.value, 5);
      whole.gradients.flat(2).forEach((entry, i) => {
        expect(entry).toBeCloseTo(parts.gradients.flat(2)[i] ?? NaN, 5);
      });
    },
  );

  it('names its components in the order of the reference', () => {
    expect(keysOf(create())).toEqual([
      'reconstruction_loss_k',
      'reconstruction_loss_4k',
      'reconstruction_loss_aux',
      'base_loss',
    ]);
  });

  it('keeps the names of a base loss with components, each times gamma', () => {
    const base: BaseLoss = {
      computeLossFromEmbeddings: ([a, b]) => ({
        first: (a as tf.Tensor2D).sum(),
        second: (b as tf.Tensor2D).sum(),
      }),
    };
    const loss = create({ loss: base, gamma: 2 });
    expect(keysOf(loss).slice(3)).toEqual(['first', 'second']);
    const { gradients } = tensorOutcome(
      (e) => loss.forward(featuresOf(e))['second'] as tf.Scalar,
      columns.slice(0, 2),
    );
    expect(gradients[1]?.flat().every((entry) => entry === 2)).toBe(true);
  });

  it('ranks by default, and takes null for that too', () => {
    expect(create().loss).toBeInstanceOf(SparseMultipleNegativesRankingLoss);
    expect(create({ loss: null }).loss).toBeInstanceOf(SparseMultipleNegativesRankingLoss);
  });

  it('lists its options as the reference, and cites Wen et al.', () => {
    expect(Object.entries(create().getConfigDict())).toEqual([
      ['beta', 0.1],
      ['gamma', 1],
      ['loss', 'SparseMultipleNegativesRankingLoss'],
    ]);
    expect(create().citation).toContain('@misc{wen2025matryoshkarevisitingsparsecoding,');
  });
});
