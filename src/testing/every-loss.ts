import * as tf from '@tensorflow/tfjs';
import {
  CachedSpladeLoss,
  CSRLoss,
  CSRReconstructionLoss,
  FlopsLoss,
  type LossValue,
  SparseAnglELoss,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseDistillKLDivLoss,
  SparseMarginMSELoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
} from '../api/losses.js';
import type { EmbeddingModel } from '../features.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { FURTHER_EXAMPLES } from './further-losses.js';
import { randomColumns, tensorOf } from './matrices.js';
import { autoEncoderModel, featuresOf, passThroughModel } from './models.js';

const ROWS = 3;
const WIDTH = 4;

/** A working use of a loss, on embeddings that stand for a model's outputs. */
export interface LossExample {
  readonly name: string;
  readonly columns: number;
  /** Makes a new tensor of labels, for losses that need labels. */
  readonly labels?: () => tf.Tensor;
  readonly compute: (embeddings: tf.Tensor2D[], labels?: tf.Tensor) => LossValue;
}

const model = passThroughModel();
const scores = (): tf.Tensor => tf.tensor1d([0.5, 0.25, 1]);
const rankingLoss = new SparseMultipleNegativesRankingLoss(model);
const klLoss = new SparseDistillKLDivLoss(model);
const mseLoss = new SparseMSELoss(model);
const marginLoss = new SparseMarginMSELoss(model);
const weights = { documentRegularizerWeight: 0.5, queryRegularizerWeight: 0.25 };

const onPairs = (name: string, loss: SparseCoSENTLoss | SparseCosineSimilarityLoss): LossExample => ({
  name,
  columns: 2,
  labels: scores,
  compute: (embeddings, labels) => loss.computeLossFromEmbeddings(embeddings, labels),
});

/** The base losses, which are the ones in the loss table. */
export const BASE_LOSS_EXAMPLES: readonly LossExample[] = [
  {
    name: 'SparseMultipleNegativesRankingLoss',
    columns: 3,
    compute: (embeddings) => rankingLoss.computeLossFromEmbeddings(embeddings),
  },
  onPairs('SparseCoSENTLoss', new SparseCoSENTLoss(model)),
  onPairs('SparseAnglELoss', new SparseAnglELoss(model)),
  onPairs('SparseCosineSimilarityLoss', new SparseCosineSimilarityLoss(model)),
  {
    name: 'SparseTripletLoss',
    columns: 3,
    compute: (embeddings) => new SparseTripletLoss(model).computeLossFromEmbeddings(embeddings),
  },
  {
    name: 'SparseMSELoss',
    columns: 2,
    labels: () => tf.ones([ROWS, 2, WIDTH]),
    compute: (embeddings, labels) => mseLoss.computeLossFromEmbeddings(embeddings, labels),
  },
  {
    name: 'SparseMarginMSELoss',
    columns: 4,
    labels: () =>
      tf.tensor2d([
        [3, 1, 2],
        [2, 2, 0],
        [1, 0, 0],
      ]),
    compute: (embeddings, labels) => marginLoss.computeLossFromEmbeddings(embeddings, labels),
  },
  {
    name: 'SparseDistillKLDivLoss',
    columns: 4,
    labels: () =>
      tf.tensor2d([
        [3, 1, 2],
        [2, 2, 0],
        [1, 0, 0],
      ]),
    compute: (embeddings, labels) => klLoss.computeLossFromEmbeddings(embeddings, labels),
  },
];

/** The wrappers, which embed features themselves, and the parts of wrappers. */
export const LOSS_EXAMPLES: readonly LossExample[] = [
  ...BASE_LOSS_EXAMPLES,
  ...FURTHER_EXAMPLES,
  {
    name: 'FlopsLoss',
    columns: 1,
    compute: ([embeddings]) =>
      new FlopsLoss(model, { threshold: 1 }).computeLossFromEmbeddings(embeddings as tf.Tensor2D),
  },
  {
    name: 'CSRReconstructionLoss',
    columns: 2,
    compute: (embeddings) =>
      tf.tidy(() => {
        const outputs = featuresOf(embeddings).map((features) => autoEncoderModel().forward(features));
        return new CSRReconstructionLoss(model).computeLossFromEmbeddings(outputs);
      }),
  },
  {
    name: 'SpladeLoss',
    columns: 3,
    compute: (embeddings) =>
      new SpladeLoss(model, { loss: rankingLoss, ...weights }).forward(featuresOf(embeddings)),
  },
  {
    name: 'CachedSpladeLoss',
    columns: 3,
    compute: (embeddings) =>
      new CachedSpladeLoss(model, { loss: rankingLoss, ...weights, miniBatchSize: 2 }).forward(
        featuresOf(embeddings),
      ),
  },
  {
    name: 'CSRLoss',
    columns: 2,
    compute: (embeddings) => csrLoss(autoEncoderModel()).forward(featuresOf(embeddings)),
  },
];

function csrLoss(autoEncoder: EmbeddingModel): CSRLoss {
  return new CSRLoss(autoEncoder, { loss: rankingLoss });
}

/** Random embeddings for an example. By default there are as many columns as the example needs. */
export function exampleEmbeddings({ columns }: LossExample, count = columns): tf.Tensor2D[] {
  return randomColumns(50, count, ROWS, WIDTH).map(tensorOf);
}
