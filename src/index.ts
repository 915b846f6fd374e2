export {
  DownloadError,
  EmbeddingError,
  InputError,
  ModelFileError,
  OptionError,
  UsageError,
  WriteError,
} from './errors.js';
export type { EmbeddingColumns, EmbeddingModel, Features, FeatureValue, SimilarityName } from './features.js';
export { setWarningHandler, type WarningHandler } from './warnings.js';

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
} from './similarity.js';

export { checkLabelValues, type LabelValues } from './losses/label-values.js';
export {
  type BaseLoss,
  Loss,
  lossComponents,
  type LossValue,
  type Regularizer,
  totalLoss,
} from './losses/loss.js';
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
} from './losses/catalog.js';

export { withTokenCounts } from './losses/mini-batches.js';
export { CachedSpladeLoss, type CachedSpladeLossOptions } from './losses/cached-splade-loss.js';
export { CSRLoss, type CSRLossOptions } from './losses/csr-loss.js';
export {
  CSRReconstructionLoss,
  type CSRReconstructionLossOptions,
} from './losses/csr-reconstruction-loss.js';
export { FlopsLoss, type FlopsLossOptions } from './losses/flops-loss.js';
export {
  identity,
  meanAbsoluteError,
  meanSquaredError,
  type PairLossFunction,
  type ScoreTransformation,
  sigmoid,
  smoothL1,
} from './losses/pair-loss-functions.js';
export { SparseAnglELoss, type SparseAnglELossOptions } from './losses/sparse-angle-loss.js';
export { SparseCoSENTLoss, type SparseCoSENTLossOptions } from './losses/sparse-cosent-loss.js';
export {
  SparseCosineSimilarityLoss,
  type SparseCosineSimilarityLossOptions,
} from './losses/sparse-cosine-similarity-loss.js';
export {
  SparseDistillKLDivLoss,
  type SparseDistillKLDivLossOptions,
} from './losses/sparse-distill-kl-div-loss.js';
export { SparseMarginMSELoss, type SparseMarginMSELossOptions } from './losses/sparse-margin-mse-loss.js';
export { SparseMSELoss } from './losses/sparse-mse-loss.js';
export {
  type Direction,
  type HardnessMode,
  type PartitionMode,
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
} from './losses/sparse-multiple-negatives-ranking-loss.js';
export {
  type DistanceFunction,
  SparseTripletLoss,
  type SparseTripletLossOptions,
  TripletDistanceMetric,
} from './losses/sparse-triplet-loss.js';
export { SpladeLoss, type SpladeLossOptions } from './losses/splade-loss.js';

export {
  classPairsToTriplets,
  classTextsToTriplets,
  nTuplesToTriplets,
  scoresToMargins,
  tripletsToPairs,
} from './data/convert.js';
export { type Random, seededRandom } from './random.js';

export { elementsOf, tensorOver } from './engine/arrays.js';
export { hostScalar } from './ops/host-scalar.js';
export { hasState } from './state/recorded-state.js';
export { compile, type CompiledFunction } from './engine/compile/compile.js';
export type { CompileOptions } from './engine/compile/compile-options.js';
export {
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
  type OnnxEngineOptions,
} from './engine/runtime/engine-options.js';
export {
  EngineUnavailableError,
  OutOfMemoryError,
  ProgramError,
  SynchronousReadError,
  UnsupportedKernelError,
} from './engine/errors.js';
export type { Explanation, Intermediate } from './engine/program/explain.js';
export { setEngine, withEngine } from './engine/set-engine.js';
export { type EngineName, ENGINES } from './engine-names.js';
export type { DimensionNames } from './engine/compile/structure.js';

export { AdamW, type AdamWOptions, type AdamWState } from './training/adamw.js';
export {
  bindAdamW,
  type BindOptions,
  type BoundAdamW,
  type BoundAdamWState,
  type NamedVariable,
  type ParameterSettings,
  type TrainableModel,
} from './training/bound-adamw.js';
export { decaysWeights } from './training/decay.js';

export { SparseEncoder } from './encoder/sparse-encoder.js';
export { EncoderPool, type PoolEncodeOptions, type PoolOptions } from './encoder/pool/encoder-pool.js';
export type { TextOptions } from './encoder/text-input.js';
export type { EncodeOptions } from './encoder/encode-options.js';
export type { ProcessingKwargs } from './encoder/processing-kwargs.js';
export type { LoadOptions, SparseEncoderOptions } from './encoder/settings.js';
export { loadTransformer, type LoadTransformerOptions } from './encoder/load-transformer.js';
export type { SaveOptions } from './encoder/save.js';
export { loadTokenizer, type LoadTokenizerOptions } from './tokenizer/load-tokenizer.js';
export type { Tokenizer, TokenizerInput } from './tokenizer/tokenizer.js';
export { TokenizerUnavailableError } from './tokenizer/native-library.js';

export type { Task as TransformerTask } from './modules/transformer/transformer-config.js';
export type {
  ForwardOptions,
  Mode,
  Module,
  ModuleKind,
  ModuleKwargs,
  TextModule,
  TextProcessing,
} from './modules/module.js';
export type { Family, Flow, LogitsFormula } from './modules/flow.js';
export { dense, type DenseOptions } from './modules/dense.js';
export { SeededDropout } from './modules/dropout.js';
export { normalize } from './modules/normalize.js';
export { pooling, type PoolingMode, type PoolingOptions } from './modules/pooling.js';
export { type QueryDocumentOptions, Router, type RouterOptions } from './modules/router.js';
export { sparseAutoEncoder, type SparseAutoEncoderOptions } from './modules/sparse-auto-encoder.js';
export {
  fromTokenWeights,
  sparseStaticEmbedding,
  type SparseStaticEmbeddingOptions,
} from './modules/sparse-static-embedding.js';
export {
  type ActivationFunction,
  type PoolingStrategy,
  type SpladePooling,
  spladePooling,
  type SpladePoolingOptions,
  tokenLogits,
} from './modules/splade-pooling.js';

export * from './sparse/public.js';
export { sparseFromTensor, sparseToTensor } from './sparse/tensor.js';

export { type Certificate } from './export/certificate.js';
export { exportOnnx } from './export/export-onnx.js';
export type { ExportFormat, Precision } from './export/formats.js';
export type { ExportOptions } from './export/options.js';
export { embedQuery, weightsById } from './export/query-weights.js';
export { VerificationError } from './export/verification-error.js';
export { verifyOnnx } from './export/verification/verify-onnx.js';
export type { VerifyOptions } from './export/verification/verify-options.js';
