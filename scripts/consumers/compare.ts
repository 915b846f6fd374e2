import { isDeepStrictEqual } from 'node:util';
import { type Agreement, compareEmbeddings } from '../../src/export/verification/compare.js';
import type { Precision } from '../../src/export/formats.js';
import { selectRows, sparseFromRows } from '../../src/index.js';
import type { Outcome } from './consumer.js';
import type { Expected } from './expected.js';

export interface Comparison {
  /** Texts of which the consumer made other token ids; they are not compared. */
  readonly otherTokens: number;
  readonly agreement: Agreement;
}

/**
 * @param texts of `expected` that the outcome is about, by their numbers
 * @throws Error where there is not one embedding for each text
 */
export function compareOutcome(
  { embeddings, ids }: Pick<Outcome, 'embeddings' | 'ids'>,
  { embeddings: all, spread, ids: expectedIds, maxActiveDims }: Expected,
  texts: readonly number[],
  precision: Precision,
): Comparison {
  if (embeddings.length !== texts.length) {
    throw new Error(`${embeddings.length} embeddings for ${texts.length} texts`);
  }
  const positions = Array.from(texts.keys());
  const same = positions.filter(
    (position) =>
      ids === undefined || isDeepStrictEqual(ids[position], expectedIds[texts[position] as number]),
  );
  const rows = same.map((position) => texts[position] as number);
  const found = sparseFromRows(
    same.map((position) => entriesOf(embeddings[position])),
    all.columns,
  );
  return {
    otherTokens: texts.length - same.length,
    agreement: compareEmbeddings(selectRows(all, rows), found, selectRows(spread, rows), {
      precision,
      maxActiveDims,
    }),
  };
}

function* entriesOf(embedding: Outcome['embeddings'][number] | undefined): Generator<[number, number]> {
  for (const [position, index] of embedding?.indices.entries() ?? []) {
    yield [index, embedding?.values[position] ?? 0];
  }
}
