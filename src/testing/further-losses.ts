import type * as tf from '@tensorflow/tfjs';
import {
  AntiZeroLoss,
  FlopsLoss,
  L1Loss,
  type LossValue,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
  WeightedFlopsLoss,
  WeightedRegularizers,
  WeightedSumLoss,
} from '../api/losses.js';
import type { LossExample } from './every-loss.js';
import type { LossSettings } from './loss-settings.js';
import { passThroughModel } from './models.js';

const model = passThroughModel();
const WEIGHTS = [1, 0.5, 2, 0];

const l1 = new L1Loss(model);
const makeAntiZero = (): AntiZeroLoss => new AntiZeroLoss(model);
// Its weights are a variable, which is never released here.
const flops = new WeightedFlopsLoss(model, { weights: WEIGHTS, threshold: 1 });
const makeRegularizers = (): WeightedRegularizers =>
  new WeightedRegularizers(model, { parts: [{ regularizer: new FlopsLoss(model), weight: 2 }] });
const makeSum = (): WeightedSumLoss =>
  new WeightedSumLoss(model, {
    losses: {
      ranking: { loss: new SparseMultipleNegativesRankingLoss(model), weight: 0.5 },
      triplet: { loss: new SparseTripletLoss(model), weight: 2 },
    },
  });

interface OnOne {
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): LossValue;
}

const onOne = (loss: OnOne, [embeddings]: tf.Tensor2D[]): LossValue =>
  loss.computeLossFromEmbeddings(embeddings as tf.Tensor2D);

const example = (name: string, loss: OnOne): LossExample => ({
  name,
  columns: 1,
  compute: (embeddings) => onOne(loss, embeddings),
});

/** The losses that the reference does not have. */
export const FURTHER_EXAMPLES: readonly LossExample[] = [
  example('L1Loss', l1),
  example('AntiZeroLoss', makeAntiZero()),
  example('WeightedFlopsLoss', flops),
  example('WeightedRegularizers', makeRegularizers()),
  {
    name: 'WeightedSumLoss',
    columns: 3,
    compute: (embeddings) => makeSum().computeLossFromEmbeddings(embeddings),
  },
];

const one = { columns: 1, compute: onOne, unread: ['model'] } as const;

export const FURTHER_SETTINGS: readonly LossSettings[] = [
  { name: 'L1Loss', make: () => l1, ...one, changes: {} },
  { name: 'AntiZeroLoss', make: makeAntiZero, ...one, changes: { floor: [50, 90] } },
  {
    name: 'WeightedFlopsLoss',
    make: () => new WeightedFlopsLoss(model, { weights: WEIGHTS }),
    ...one,
    changes: { threshold: [2, 3, null] },
  },
  {
    name: 'WeightedRegularizers',
    make: makeRegularizers,
    ...one,
    changes: {
      'parts.0.weight': [1, 3],
      'parts.0.regularizer.threshold': [2, 3],
      parts: [[{ regularizer: l1, weight: 7 }]],
    },
  },
  {
    name: 'WeightedSumLoss',
    make: makeSum,
    columns: 3,
    compute: (loss: WeightedSumLoss, embeddings) => loss.computeLossFromEmbeddings(embeddings),
    changes: {
      'losses.ranking.weight': [1, 3],
      'losses.triplet.loss.tripletMargin': [1, 9],
      losses: [{ triplet: { loss: new SparseTripletLoss(model), weight: 7 } }],
    },
    unread: ['model'],
  },
];
