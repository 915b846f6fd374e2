import { basename } from 'node:path';
import type { ExportFormat, Precision } from '../../src/export/formats.js';
import { failuresOf } from '../../src/export/verification/verify-file.js';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { compareOutcome, type Comparison } from './compare.js';
import type { Consumer, Trial } from './consumer.js';
import { ConsumerUnavailableError } from './errors.js';
import type { Expected } from './expected.js';
import type { ExportedGraph } from './exported-graph.js';

/** The outcome of a consumer with a graph. */
export type Verdict = 'agrees' | 'differs' | 'failed' | 'unavailable' | 'does not take it';

export interface Row {
  readonly consumer: string;
  readonly model: string;
  readonly task?: 'query' | 'document';
  readonly format: ExportFormat;
  readonly precision: Precision;
  readonly verdict: Verdict;
  readonly version?: string;
  readonly loadSeconds?: number;
  readonly encodeSeconds?: number;
  readonly comparison?: Comparison;
  /** The reason, if it is not obvious. */
  readonly note?: string;
}

/** Runs a consumer on a graph and compares. An error of the consumer is a verdict. */
export async function tryConsumer(
  name: string,
  consumer: Consumer,
  expected: Expected,
  trial: Trial,
): Promise<Row> {
  const { folder, task, format, precision } = trial.graph;
  const row = {
    consumer: name,
    model: basename(folder),
    ...(task !== undefined && { task }),
    format,
    precision,
  };
  const refusal = refusalOf(consumer, trial.graph);
  if (refusal !== undefined) return { ...row, verdict: 'does not take it', note: refusal };
  try {
    const { version, loadSeconds, encodeSeconds, ...outcome } = await consumer.run(trial);
    const comparison = compareOutcome(outcome, expected, precision);
    return { ...row, version, loadSeconds, encodeSeconds, comparison, ...judge(consumer, comparison) };
  } catch (error) {
    const isUnavailable =
      error instanceof ConsumerUnavailableError || error instanceof ReferenceUnavailableError;
    return {
      ...row,
      verdict: isUnavailable ? 'unavailable' : 'failed',
      note: error instanceof Error ? error.message : String(error),
    };
  }
}

function refusalOf(consumer: Consumer, graph: ExportedGraph): string | undefined {
  const { formats, tasks, spladeOnly = false } = consumer;
  const { format, task, hasTokens } = graph;
  if (spladeOnly && !hasTokens) return 'it takes SPLADE models';
  if (!formats.includes(format)) return `it takes the formats ${formats.join(', ')}`;
  if (task !== undefined && !tasks) return 'it takes models with one graph for queries and documents';
  return consumer.refusal?.(graph);
}

function judge(
  { otherTokens: known }: Consumer,
  { agreement, otherTokens }: Comparison,
): Pick<Row, 'verdict' | 'note'> {
  const failures = failuresOf(agreement);
  const texts = otherTokens === 1 ? '1 text has other tokens' : `${otherTokens} texts have other tokens`;
  const tokens = otherTokens === 0 ? [] : [known === undefined ? texts : `${texts}: ${known}`];
  const agrees = failures.length === 0 && (otherTokens === 0 || known !== undefined);
  const notes = [...failures, ...tokens];
  return {
    verdict: agrees ? 'agrees' : 'differs',
    ...(notes.length > 0 && { note: notes.join('; ') }),
  };
}
