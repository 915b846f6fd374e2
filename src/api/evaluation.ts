/** Evaluators: how good and how sparse the embeddings of a model are. */
export {
  bootstrapInterval,
  type BootstrapOptions,
  type Interval,
  type PairedTest,
  pairedRandomizationTest,
  type RandomizationOptions,
} from '../evaluation/statistics.js';
export type { EvaluatedModel, EvaluateOptions, Evaluator } from '../evaluators/evaluator.js';
export { EVALUATOR_METRICS, type EvaluatorMetrics, type MetricRow } from '../evaluators/metric-keys.js';
export {
  type InformationRetrievalOptions,
  type RetrievalEvaluateOptions,
  type RetrievalMeasureOptions,
  SparseInformationRetrievalEvaluator,
} from '../evaluators/retrieval/information-retrieval-evaluator.js';
export type { FusionSample } from '../evaluators/retrieval/fusion-samples.js';
export {
  type NanoBEIRFolderOptions,
  type NanoBEIROptions,
  SparseNanoBEIREvaluator,
  type TaskPrompts,
} from '../evaluators/retrieval/nano-beir-evaluator.js';
export {
  ReciprocalRankFusionEvaluator,
  type ReciprocalRankFusionOptions,
} from '../evaluators/retrieval/reciprocal-rank-fusion-evaluator.js';
export {
  type RerankingOptions,
  type RerankingSample,
  SparseRerankingEvaluator,
} from '../evaluators/retrieval/reranking-evaluator.js';
export type { ById, RelevantDocs, RetrievalTexts } from '../evaluators/retrieval/retrieval-data.js';
export { SequentialEvaluator } from '../evaluators/sequential-evaluator.js';
export type { EvaluatorOptions } from '../evaluators/sparse-evaluator.js';
export {
  type BinaryClassificationEvaluatorOptions,
  SparseBinaryClassificationEvaluator,
} from '../evaluators/sparse-binary-classification-evaluator.js';
export {
  type EmbeddingSimilarityEvaluatorOptions,
  SparseEmbeddingSimilarityEvaluator,
} from '../evaluators/sparse-embedding-similarity-evaluator.js';
export { type MSEEvaluatorOptions, SparseMSEEvaluator } from '../evaluators/sparse-mse-evaluator.js';
export {
  SparseTranslationEvaluator,
  type TranslationEvaluatorOptions,
} from '../evaluators/sparse-translation-evaluator.js';
export {
  SparseTripletEvaluator,
  type TripletEvaluatorOptions,
} from '../evaluators/sparse-triplet-evaluator.js';
export { type SweepPoint, truncationSweep } from '../evaluators/sweep.js';
export type { SweepOptions } from '../evaluators/sweep-options.js';
