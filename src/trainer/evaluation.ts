import type { TrainingData } from '../datasets/training-data-options.js';
import { UsageError } from '../errors.js';
import type { LogEntry, TrainerState } from './callbacks.js';
import { evaluateLoss } from './evaluate-loss.js';
import type { Evaluator } from './evaluator.js';
import type { GroupGradients } from './group-gradients.js';
import type { SparseEncoderTrainer } from './trainer.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** The loss over evalDataset and what the evaluators measure, each name with `eval_` before it. */
export async function evaluate(
  { model, loss, evaluators }: SparseEncoderTrainer,
  gradients: GroupGradients,
  evalData: TrainingData | undefined,
): Promise<Record<string, number>> {
  const start = performance.now();
  const metrics: Record<string, number> = {};
  const add = (values: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(values)) metrics[`eval_${name}`] = value;
  };
  if (evalData !== undefined) add(await evaluateLoss({ model, loss, gradients, data: evalData }));
  for (const evaluator of evaluators) add(await evaluator.evaluate(model));
  metrics['eval_runtime'] = (performance.now() - start) / 1000;
  return metrics;
}

/**
 * The metric by which models are compared, if it is better than the best so far.
 *
 * @throws UsageError if the evaluation has no metric of the name that was asked for
 */
export function betterMetric(
  { args, evaluators }: SparseEncoderTrainer,
  metrics: LogEntry,
  { bestMetric }: TrainerState,
): number | undefined {
  const name = comparedMetric(args, evaluators);
  const value = metrics[name];
  if (value === undefined) {
    throw new UsageError(
      `the trainer: models are compared by ${name}, and the evaluation has ${Object.keys(metrics).join(', ')}`,
    );
  }
  return bestMetric === null || gainOf(args, name, value, bestMetric) > 0 ? value : undefined;
}

/** The name of the metric by which models are compared. */
export function comparedMetric(
  { metricForBestModel }: ResolvedTrainingArguments,
  evaluators: readonly Evaluator[],
): string {
  const asked = metricForBestModel ?? evaluators[0]?.primaryMetric ?? 'loss';
  return asked.startsWith('eval_') ? asked : `eval_${asked}`;
}

/** How much better a metric is than another one. */
export function gainOf(
  { greaterIsBetter }: ResolvedTrainingArguments,
  name: string,
  value: number,
  than: number,
): number {
  return (greaterIsBetter ?? !name.endsWith('loss')) ? value - than : than - value;
}
