import type { TrainingData } from '../datasets/training-data-options.js';
import { UsageError } from '../errors.js';
import type { LogEntry, TrainerState } from './callbacks.js';
import { evaluateLoss } from './evaluate-loss.js';
import type { GroupGradients } from './group-gradients.js';
import type { SparseEncoderTrainer } from './trainer.js';

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
  const asked = args.metricForBestModel ?? evaluators[0]?.primaryMetric ?? 'loss';
  const name = asked.startsWith('eval_') ? asked : `eval_${asked}`;
  const value = metrics[name];
  if (value === undefined) {
    throw new UsageError(
      `the trainer: metricForBestModel is "${asked}", and the evaluation has ${Object.keys(metrics).join(', ')}`,
    );
  }
  const isGreaterBetter = args.greaterIsBetter ?? !name.endsWith('loss');
  if (bestMetric === null) return value;
  return (isGreaterBetter ? value > bestMetric : value < bestMetric) ? value : undefined;
}
