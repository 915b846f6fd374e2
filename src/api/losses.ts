/** Every loss, the functions that losses accept as options, and the table of data formats. */
export { setWarningHandler, type WarningHandler } from '../warnings.js';
export { EmbeddingError, InputError, OptionError, UsageError } from '../errors.js';
export type {
  EmbeddingColumns,
  EmbeddingModel,
  Features,
  FeatureValue,
  SimilarityName,
} from '../features.js';
export {
  cosSim,
  dotScore,
  euclideanSim,
  manhattanSim,
  pairwiseAngleSim,
  pairwiseCosSim,
  pairwiseDotScore,
  pairwiseEuclideanSim,
  pairwiseManhattanSim,
  type PairwiseSimilarityFunction,
  type SimilarityFunction,
} from '../similarity.js';

export { checkLabelValues, type LabelValues } from '../losses/label-values.js';
export { withTokenCounts } from '../losses/mini-batches.js';
export {
  type BaseLoss,
  Loss,
  lossComponents,
  type LossValue,
  type Regularizer,
  totalLoss,
} from '../losses/loss.js';
export {
  type BaseLossName,
  DATA_FORMATS,
  type DataFormat,
  dataFormat,
  type FormatId,
  formatsFor,
  type LabelKind,
  LABELS,
  lossesFor,
  type WrapperName,
  WRAPPERS,
} from '../losses/catalog.js';

export { AntiZeroLoss, type AntiZeroLossOptions } from '../losses/anti-zero-loss.js';
export { CachedSpladeLoss, type CachedSpladeLossOptions } from '../losses/cached-splade-loss.js';
export { CSRLoss, type CSRLossOptions } from '../losses/csr-loss.js';
export {
  CSRReconstructionLoss,
  type CSRReconstructionLossOptions,
} from '../losses/csr-reconstruction-loss.js';
export { FlopsLoss, type FlopsLossOptions } from '../losses/flops-loss.js';
export { L1Loss } from '../losses/l1-loss.js';
export {
  identity,
  meanAbsoluteError,
  meanSquaredError,
  type PairLossFunction,
  type ScoreTransformation,
  sigmoid,
  smoothL1,
} from '../losses/pair-loss-functions.js';
export { SparseAnglELoss, type SparseAnglELossOptions } from '../losses/sparse-angle-loss.js';
export { SparseCoSENTLoss, type SparseCoSENTLossOptions } from '../losses/sparse-cosent-loss.js';
export {
  SparseCosineSimilarityLoss,
  type SparseCosineSimilarityLossOptions,
} from '../losses/sparse-cosine-similarity-loss.js';
export {
  SparseDistillKLDivLoss,
  type SparseDistillKLDivLossOptions,
} from '../losses/sparse-distill-kl-div-loss.js';
export { SparseMarginMSELoss, type SparseMarginMSELossOptions } from '../losses/sparse-margin-mse-loss.js';
export { SparseMSELoss } from '../losses/sparse-mse-loss.js';
export {
  type Direction,
  type HardnessMode,
  type PartitionMode,
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
} from '../losses/sparse-multiple-negatives-ranking-loss.js';
export {
  type DistanceFunction,
  SparseTripletLoss,
  type SparseTripletLossOptions,
  TripletDistanceMetric,
} from '../losses/sparse-triplet-loss.js';
export { SpladeLoss, type SpladeLossOptions } from '../losses/splade-loss.js';
export { ensembleTeacherScores } from '../losses/teacher-scores.js';
export {
  documentFrequencyWeights,
  type DocumentFrequencyWeightOptions,
  idfWeights,
} from '../losses/term-weights.js';
export { WeightedFlopsLoss, type WeightedFlopsLossOptions } from '../losses/weighted-flops-loss.js';
export {
  type WeightedRegularizer,
  WeightedRegularizers,
  type WeightedRegularizersOptions,
} from '../losses/weighted-regularizers.js';
export {
  type WeightedPart,
  WeightedSumLoss,
  type WeightedSumLossOptions,
} from '../losses/weighted-sum-loss.js';
export { hostScalar } from '../ops/host-scalar.js';
export { hasState } from '../state/recorded-state.js';
