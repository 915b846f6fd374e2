import { basename } from 'node:path';
import { ReferenceUnavailableError } from '../../parity/python/errors.js';
import { compareOutcome, type Comparison } from './compare.js';
import type { Consumer, Trial } from './consumer.js';
import { ConsumerUnavailableError } from './errors.js';
import type { Expected } from './expected.js';
import type { ExportedGraph, Format } from './exported-folder.js';

/** What came of a consumer with a graph. */
export type Verdict = 'agrees' | 'differs' | 'failed' | 'unavailable' | 'does not take it';

export interface Row {
  readonly consumer: string;
  readonly model: string;
  readonly task?: 'query' | 'document';
  readonly format: Format;
  readonly verdict: Verdict;
  readonly version?: string;
  readonly loadSeconds?: number;
  readonly encodeSeconds?: number;
  readonly comparison?: Comparison;
  /** Why, where it is not plain. */
  readonly note?: string;
}

export interface TryOptions extends Omit<Trial, 'graph'> {
  /** Largest difference of a weight that is none. */
  readonly tolerance: number;
}

/** Runs a consumer on a graph and compares. What goes wrong in the consumer is a verdict, not an error. */
export async function tryConsumer(
  name: string,
  consumer: Consumer,
  graph: ExportedGraph,
  expected: Expected,
  { tolerance, ...trial }: TryOptions,
): Promise<Row> {
  const { folder, task, format } = graph;
  const row = { consumer: name, model: basename(folder), ...(task !== undefined && { task }), format };
  const refusal = refusalOf(consumer, graph);
  if (refusal !== undefined) return { ...row, verdict: 'does not take it', note: refusal };
  try {
    const { version, loadSeconds, encodeSeconds, ...outcome } = await consumer.run({ ...trial, graph });
    const result = { ...outcome, version, loadSeconds, encodeSeconds };
    const comparison = compareOutcome(result, expected);
    return {
      ...row,
      version,
      loadSeconds,
      encodeSeconds,
      comparison,
      ...judge(consumer, comparison, tolerance),
    };
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

function refusalOf({ formats, tasks }: Consumer, { format, task }: ExportedGraph): string | undefined {
  if (!formats.includes(format)) return `it takes the formats ${formats.join(', ')}`;
  if (task !== undefined && !tasks) return 'it takes models with one graph for queries and documents';
  return undefined;
}

function judge(
  { otherTokens: known }: Consumer,
  { worstError, otherTokens }: Comparison,
  tolerance: number,
): Pick<Row, 'verdict' | 'note'> {
  const texts = otherTokens === 1 ? '1 text has other tokens' : `${otherTokens} texts have other tokens`;
  const note = otherTokens === 0 ? {} : { note: known === undefined ? texts : `${texts}: ${known}` };
  const agrees = worstError <= tolerance && (otherTokens === 0 || known !== undefined);
  return { verdict: agrees ? 'agrees' : 'differs', ...note };
}
