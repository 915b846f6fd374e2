/** The modules that an encoder consists of. */
export { loadTransformer, type LoadTransformerOptions } from '../encoder/load-transformer.js';
export { loadTokenizer, type LoadTokenizerOptions } from '../tokenizer/load-tokenizer.js';
export type { Tokenizer, TokenizerInput } from '../tokenizer/tokenizer.js';
export { TokenizerUnavailableError } from '../tokenizer/native-library.js';
export type { Task as TransformerTask } from '../modules/transformer/transformer-config.js';
export type {
  ForwardOptions,
  Mode,
  Module,
  ModuleKind,
  ModuleKwargs,
  TextModule,
  TextProcessing,
} from '../modules/module.js';
export type { Family, Flow, LogitsFormula } from '../modules/flow.js';
export { dense, type DenseOptions } from '../modules/dense.js';
export type { LoraBias, LoraOptions } from '../modules/lora/lora-config.js';
export type { Dropout, SeededDropout } from '../modules/dropout.js';
export { seededDropout } from '../modules/dropout.js';
export { normalize } from '../modules/normalize.js';
export { pooling, type PoolingMode, type PoolingOptions } from '../modules/pooling.js';
export { type Initial, Parameters, type ParameterSpec } from '../modules/parameters.js';
export {
  type QueryDocumentOptions,
  queryDocumentRouter,
  type Router,
  router,
  type RouterOptions,
} from '../modules/router.js';
export { sparseAutoEncoder, type SparseAutoEncoderOptions } from '../modules/sparse-auto-encoder.js';
export {
  fromTokenWeights,
  sparseStaticEmbedding,
  type SparseStaticEmbeddingOptions,
  type TokenWeightsOptions,
} from '../modules/sparse-static-embedding.js';
export {
  type ActivationFunction,
  type PoolingStrategy,
  type SpladePooling,
  spladePooling,
  type SpladePoolingOptions,
  tokenLogits,
} from '../modules/splade-pooling.js';
export type { Features, FeatureValue } from '../features.js';
export { hasState } from '../state/recorded-state.js';
