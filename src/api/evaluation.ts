/** Evaluators: how good and how sparse the embeddings of a model are. */
export type { EvaluatedModel, EvaluateOptions, Evaluator } from '../evaluators/evaluator.js';
export { EVALUATOR_METRICS, type EvaluatorMetrics, type MetricRow } from '../evaluators/metric-keys.js';
export { SequentialEvaluator } from '../evaluators/sequential-evaluator.js';
export type { EvaluatorOptions } from '../evaluators/sparse-evaluator.js';
