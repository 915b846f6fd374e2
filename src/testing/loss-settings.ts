import * as tf from '@tensorflow/tfjs';
import {
  CachedSpladeLoss,
  CSRLoss,
  CSRReconstructionLoss,
  FlopsLoss,
  Loss,
  type LossValue,
  SparseAnglELoss,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseDistillKLDivLoss,
  SparseMarginMSELoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
  SpladeLoss,
  TripletDistanceMetric,
} from '../api/losses.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { meanAbsoluteError, sigmoid } from '../losses/pair-loss-functions.js';
import {
  cosSim,
  dotScore,
  pairwiseCosSim,
  pairwiseDotScore,
  pairwiseEuclideanSim,
  pairwiseManhattanSim,
} from '../similarity.js';
import { FURTHER_SETTINGS } from './further-losses.js';
import { autoEncoderModel, featuresOf, passThroughModel } from './models.js';

/** A user's own loss with settings of every kind. Nothing in it declares that they are settings. */
export class UsersLoss extends Loss {
  strength = 1;
  power: 'square' | 'abs' = 'square';
  options = { scale: 1, shifts: [0, 1], names: new Map([['sign', 1]]) };
  columnWeights = Float32Array.of(1, 2);

  override forward(sentenceFeatures: readonly Features[]): tf.Scalar {
    return this.computeLossFromEmbeddings(
      sentenceFeatures.map((features) => this.model.forward(features).sentenceEmbedding as tf.Tensor2D),
    );
  }

  computeLossFromEmbeddings([a, b]: EmbeddingColumns): tf.Scalar {
    const { scale, shifts, names } = this.options;
    const [first = 0, second = 0] = this.columnWeights;
    const difference = (a as tf.Tensor2D).mul(first).sub((b as tf.Tensor2D).mul(second));
    const size = this.power === 'square' ? difference.square() : difference.abs();
    return size
      .mul(this.strength * scale * (names.get('sign') ?? 0))
      .add(shifts.reduce((sum, shift) => sum + shift, 0))
      .mean();
  }
}

/** A loss, and values for every field that can be changed after it was made. */
export interface LossSettings {
  readonly name: string;
  readonly make: () => object;
  readonly columns: number;
  readonly labels?: () => tf.Tensor;
  readonly compute: (loss: never, embeddings: tf.Tensor2D[], labels?: tf.Tensor) => LossValue;
  /** Values by the path of a field. Each value changes the loss. */
  readonly changes: Readonly<Record<string, readonly unknown[]>>;
  /** Fields that the computation does not read. */
  readonly unread?: readonly string[];
}

interface OnEmbeddings {
  computeLossFromEmbeddings(embeddings: readonly tf.Tensor2D[], labels?: tf.Tensor): LossValue;
}

const onEmbeddings = (loss: OnEmbeddings, embeddings: tf.Tensor2D[], labels?: tf.Tensor): LossValue =>
  loss.computeLossFromEmbeddings(embeddings, labels);
const onFeatures = (loss: Loss, embeddings: tf.Tensor2D[]): LossValue => loss.forward(featuresOf(embeddings));

const model = passThroughModel();
const doubled: EmbeddingModel = {
  forward: ({ sentenceEmbedding: x }) => ({ sentenceEmbedding: x?.mul(2) as tf.Tensor }),
};
const ranking = (scale = 1): SparseMultipleNegativesRankingLoss =>
  new SparseMultipleNegativesRankingLoss(model, { scale });
const scores = (): tf.Tensor => tf.tensor1d([0.5, 0.25, 1]);
const table = (): tf.Tensor =>
  tf.tensor2d([
    [3, 1, 2],
    [2, 2, 0],
    [1, 0, 0],
  ]);
const pairwise = [pairwiseEuclideanSim, pairwiseManhattanSim];

const splade = { documentRegularizerWeight: 0.5, queryRegularizerWeight: 0.25 };
const SPLADE_CHANGES = {
  // A schedule must not cause a new recording for each step.
  documentRegularizerWeight: [0, 1, 2, 4, 8, 16, 32, 64, 128, 256],
  queryRegularizerWeight: [0, 3, null],
  loss: [ranking(7)],
  'loss.scale': [3, 9],
  documentRegularizer: [new FlopsLoss(model, { threshold: 2 })],
  'documentRegularizer.threshold': [2, 3],
  queryRegularizer: [null, new FlopsLoss(model, { threshold: 3 })],
  useDocumentRegularizerOnly: [true],
  model: [doubled],
} as const;

export const LOSS_SETTINGS: readonly LossSettings[] = [
  ...FURTHER_SETTINGS,
  {
    name: 'SparseMultipleNegativesRankingLoss',
    make: () =>
      new SparseMultipleNegativesRankingLoss(model, {
        hardnessMode: 'in_batch_negatives',
        hardnessStrength: 1,
        directions: ['query_to_doc', 'doc_to_query'],
      }),
    columns: 3,
    compute: onEmbeddings,
    changes: {
      scale: [2, 5],
      similarityFct: [cosSim, dotScore],
      directions: [['query_to_doc'], ['query_to_doc', 'query_to_query', 'doc_to_doc']],
      partitionMode: ['per_direction'],
      hardnessMode: ['hard_negatives', 'all_negatives', null],
      hardnessStrength: [0, 4],
    },
    unread: ['model', 'gatherAcrossDevices'],
  },
  ...[SparseCoSENTLoss, SparseAnglELoss].map((kind): LossSettings => ({
    name: kind.name,
    make: () => new kind(model),
    columns: 2,
    labels: scores,
    compute: onEmbeddings,
    changes: { scale: [2, 5], similarityFct: pairwise },
    unread: ['model'],
  })),
  {
    name: 'SparseCosineSimilarityLoss',
    make: () => new SparseCosineSimilarityLoss(model),
    columns: 2,
    labels: scores,
    compute: onEmbeddings,
    changes: { lossFct: [meanAbsoluteError], cosScoreTransformation: [sigmoid] },
    unread: ['model'],
  },
  {
    name: 'SparseTripletLoss',
    make: () => new SparseTripletLoss(model),
    columns: 3,
    compute: onEmbeddings,
    changes: {
      distanceMetric: [TripletDistanceMetric.COSINE, TripletDistanceMetric.MANHATTAN],
      tripletMargin: [1, 0.5],
    },
    unread: ['model'],
  },
  {
    name: 'SparseMSELoss',
    make: () => new SparseMSELoss(model),
    columns: 2,
    labels: () => tf.ones([3, 2, 4]),
    compute: (loss: Loss, embeddings, labels) => loss.forward(featuresOf(embeddings), labels),
    changes: { model: [doubled] },
  },
  {
    name: 'SparseMarginMSELoss',
    make: () => new SparseMarginMSELoss(model),
    columns: 4,
    labels: table,
    compute: onEmbeddings,
    changes: { similarityFct: [...pairwise, pairwiseCosSim] },
    unread: ['model'],
  },
  {
    name: 'SparseDistillKLDivLoss',
    make: () => new SparseDistillKLDivLoss(model),
    columns: 4,
    labels: table,
    compute: onEmbeddings,
    changes: {
      similarityFct: [...pairwise, pairwiseDotScore],
      studentTemperature: [1, 3],
      teacherTemperature: [1, 3],
    },
    unread: ['model', 'temperature'],
  },
  {
    name: 'FlopsLoss',
    make: () => new FlopsLoss(model),
    columns: 1,
    compute: (loss: FlopsLoss, [embeddings]) => loss.computeLossFromEmbeddings(embeddings as tf.Tensor2D),
    changes: { threshold: [2, 3, null] },
    unread: ['model'],
  },
  {
    name: 'CSRReconstructionLoss',
    make: () => new CSRReconstructionLoss(model),
    columns: 2,
    compute: (loss: CSRReconstructionLoss, embeddings) =>
      loss.computeLossFromEmbeddings(featuresOf(embeddings).map((each) => autoEncoderModel().forward(each))),
    changes: { beta: [0, 3] },
    unread: ['model'],
  },
  {
    name: 'CSRLoss',
    make: () => new CSRLoss(autoEncoderModel(), { loss: ranking() }),
    columns: 2,
    compute: onFeatures,
    changes: {
      gamma: [0, 3],
      loss: [ranking(4)],
      'loss.scale': [2],
      reconstructionLoss: [new CSRReconstructionLoss(model, { beta: 5 })],
      'reconstructionLoss.beta': [2],
      model: [{ forward: (features: Features) => autoEncoderModel().forward(doubled.forward(features)) }],
    },
    unread: ['beta'],
  },
  {
    name: 'SpladeLoss',
    make: () => new SpladeLoss(model, { ...splade, loss: ranking() }),
    columns: 3,
    compute: onFeatures,
    changes: SPLADE_CHANGES,
  },
  {
    name: 'CachedSpladeLoss',
    make: () => new CachedSpladeLoss(model, { ...splade, loss: ranking(), miniBatchSize: 2 }),
    columns: 3,
    compute: onFeatures,
    changes: SPLADE_CHANGES,
    // The value does not depend on the size of mini-batches.
    unread: ['miniBatchSize', 'miniBatchNumTokens', 'showProgressBar'],
  },
  {
    name: 'a loss of a user',
    make: () => new UsersLoss(model),
    columns: 2,
    compute: onFeatures,
    changes: {
      strength: [2, 3],
      power: ['abs'],
      'options.scale': [5],
      options: [{ scale: 2, shifts: [1, 2, 3], names: new Map([['sign', -1]]) }],
      'options.shifts.0': [11],
      columnWeights: [Float32Array.of(3, 1)],
      'columnWeights.1': [0.5],
      model: [doubled],
    },
  },
];
