export {
  DownloadError,
  EmbeddingError,
  InputError,
  ModelFileError,
  OptionError,
  UploadError,
  UsageError,
  WriteError,
} from './errors.js';
export { setWarningHandler, type WarningHandler } from './warnings.js';

export { SparseEncoder } from './encoder/sparse-encoder.js';
export type { EncodeOptions } from './encoder/encode-options.js';
export type { ProcessingKwargs } from './encoder/processing-kwargs.js';
export type { SaveOptions } from './encoder/save.js';
export type { LoadOptions, SparseEncoderOptions } from './encoder/settings.js';
export type { TextOptions } from './encoder/text-input.js';
export { EncoderPool, type PoolEncodeOptions, type PoolOptions } from './encoder/pool/encoder-pool.js';

export { payloadLines, type PayloadOptions } from './sparse/payloads/write-payloads.js';
export type { PayloadFormatName } from './sparse/payloads/formats.js';
export type { SparseRow } from './sparse/row.js';
export { type SearchHits, SparseIndex } from './sparse/search/sparse-index.js';
export type { SparseMatrix } from './sparse/sparse-matrix.js';

export type { EmbeddingModel, Features, SimilarityName } from './features.js';
export { CachedSpladeLoss, type CachedSpladeLossOptions } from './losses/cached-splade-loss.js';
export { CSRLoss, type CSRLossOptions } from './losses/csr-loss.js';
export { type LossValue, totalLoss } from './losses/loss.js';
export {
  SparseDistillKLDivLoss,
  type SparseDistillKLDivLossOptions,
} from './losses/sparse-distill-kl-div-loss.js';
export { SparseMarginMSELoss, type SparseMarginMSELossOptions } from './losses/sparse-margin-mse-loss.js';
export {
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
} from './losses/sparse-multiple-negatives-ranking-loss.js';
export { SpladeLoss, type SpladeLossOptions } from './losses/splade-loss.js';

export { arrayDataset, type Dataset } from './datasets/dataset.js';
export { readDataset } from './datasets/files/read-dataset.js';
export { SparseEncoderTrainer, type TrainerOptions } from './trainer/trainer.js';
export type { SparseEncoderTrainingArguments } from './trainer/training-arguments.js';
export { AdamW } from './training/adamw.js';
export type { AdamWOptions } from './training/optimizer-options.js';
export { compile, type CompiledFunction } from './engine/compile/compile.js';
export type { CompileOptions } from './engine/compile/compile-options.js';
export type { OnnxEngineOptions } from './engine/runtime/engine-options.js';
export { setEngine, withEngine } from './engine/set-engine.js';
export type { EngineName } from './engine-names.js';

export type { Certificate } from './export/certificate.js';
export { exportOnnx } from './export/export-onnx.js';
export type { ExportOptions } from './export/options.js';
export { verifyOnnx } from './export/verification/verify-onnx.js';
export type { VerifyOptions } from './export/verification/verify-options.js';
