import { join } from 'node:path';
import type { TrainingData } from '../datasets/training-data-options.js';
import { warn } from '../warnings.js';
import type { LogEntry, TrainerState } from './callbacks.js';
import { comparedMetric, gainOf, metricIn } from './compared-metric.js';
import { evaluateLoss } from './evaluate-loss.js';
import type { GroupGradients } from './group-gradients.js';
import type { SparseEncoderTrainer } from './trainer.js';

/** The folder in outputDir that evaluators write to. */
const EVAL_FOLDER = 'eval';

/** The loss over evalDataset and the evaluator's metrics. Each name begins with `eval_`. */
export async function evaluate(
  { args, model, loss, evaluator }: SparseEncoderTrainer,
  { epoch, globalStep: steps }: TrainerState,
  { gradients, evalData }: { gradients: GroupGradients; evalData: TrainingData | undefined },
): Promise<Record<string, number>> {
  const start = performance.now();
  const metrics: Record<string, number> = {};
  const add = (values: Readonly<Record<string, number>>): void => {
    for (const [name, value] of Object.entries(values)) metrics[`eval_${name}`] = value;
  };
  if (evalData !== undefined) add(await evaluateLoss({ model, loss, gradients, data: evalData }));
  if (evaluator !== undefined) {
    const outputPath = args.outputDir === null ? null : join(args.outputDir, EVAL_FOLDER);
    add(await evaluator.evaluate(model, { outputPath, epoch, steps }));
  }
  metrics['eval_runtime'] = (performance.now() - start) / 1000;
  return metrics;
}

/**
 * The metric that compares models, if it is the best so far. A metric that is not a number never is.
 *
 * @throws UsageError if the evaluation lacks the metric that the arguments name
 */
export function betterMetric(
  { args, evaluator }: SparseEncoderTrainer,
  metrics: LogEntry,
  { bestMetric }: TrainerState,
): number | undefined {
  const name = comparedMetric(args, evaluator);
  const value = metricIn(metrics, name);
  if (Number.isNaN(value)) {
    warn(`the metric ${name} is not a number in this evaluation, so this model cannot be the best one`);
    return undefined;
  }
  return bestMetric === null || gainOf(args, name, value, bestMetric) > 0 ? value : undefined;
}
