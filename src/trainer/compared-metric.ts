import { UsageError } from '../errors.js';
import type { LogEntry } from './callbacks.js';
import type { Evaluator } from './evaluator.js';
import type { ResolvedTrainingArguments } from './training-arguments.js';

/** @throws UsageError if the evaluation lacks the metric */
export function metricIn(metrics: LogEntry, name: string): number {
  const value = metrics[name];
  if (value !== undefined) return value;
  throw new UsageError(
    `the trainer: models are compared by ${name}, and the evaluation has ${Object.keys(metrics).join(', ')}`,
  );
}

/** The name of the metric that decides which model is best. */
export function comparedMetric(
  { metricForBestModel }: ResolvedTrainingArguments,
  evaluators: readonly Evaluator[],
): string {
  const asked = metricForBestModel ?? evaluators[0]?.primaryMetric ?? 'loss';
  return asked.startsWith('eval_') ? asked : `eval_${asked}`;
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
