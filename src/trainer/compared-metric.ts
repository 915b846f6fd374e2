import { UsageError } from '../errors.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import type { LogEntry } from './callbacks.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** @throws UsageError if the evaluation lacks the metric */
export function metricIn(metrics: LogEntry, name: string): number {
  const value = metrics[name];
  if (value !== undefined) return value;
  throw new UsageError(
    `the trainer: models are compared by ${name}, and the evaluation has ${Object.keys(metrics).join(', ')}`,
  );
}

/** An evaluator may know the name of its primary metric only after an evaluation. */
const NOT_KNOWN = 'primary_metric';

const logged = (name: string): string => (name.startsWith('eval_') ? name : `eval_${name}`);

/** The name of the metric that decides which model is best. */
export function comparedMetric(
  { metricForBestModel }: Pick<ResolvedTrainingArguments, 'metricForBestModel'>,
  evaluator: Evaluator | undefined,
): string {
  const own = evaluator === undefined ? 'loss' : (evaluator.primaryMetric ?? NOT_KNOWN);
  return logged(metricForBestModel ?? own);
}

/** The arguments, with `greaterIsBetter` as the evaluator states it if its primary metric compares models. */
export function withDirection(
  args: ResolvedTrainingArguments,
  evaluator: Evaluator | undefined,
): ResolvedTrainingArguments {
  const isItsOwn =
    comparedMetric(args, evaluator) === comparedMetric({ metricForBestModel: null }, evaluator);
  if (args.greaterIsBetter !== null || !isItsOwn || evaluator?.greaterIsBetter !== false) return args;
  return { ...args, greaterIsBetter: false };
}

/** How much better one metric is than another. */
export function gainOf(
  { greaterIsBetter }: ResolvedTrainingArguments,
  name: string,
  value: number,
  than: number,
): number {
  return isGreaterBetter({ greaterIsBetter }, name) ? value - than : than - value;
}

/** By default, a higher value is better unless the metric is a loss. */
export const isGreaterBetter = (
  { greaterIsBetter }: Pick<ResolvedTrainingArguments, 'greaterIsBetter'>,
  name: string,
): boolean => greaterIsBetter ?? !name.endsWith('loss');
