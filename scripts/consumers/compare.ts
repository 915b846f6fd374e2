import { isDeepStrictEqual } from 'node:util';
import { selectRows, sparseFromRows } from '../../src/api/sparse.js';
import { counted } from '../../src/counted.js';
import type { Precision } from '../../src/export/formats.js';
import { type Agreement, compareEmbeddings } from '../../src/export/verification/compare.js';
import type { Outcome } from './consumer.js';
import type { Expected } from './expected.js';

export interface Comparison {
  /** Texts for which the consumer made other token ids; they are not compared. */
  readonly otherTokens: number;
  readonly agreement: Agreement;
}

/** @throws Error if there is not one embedding for each text */
export function compareOutcome(
  { embeddings, ids }: Pick<Outcome, 'embeddings' | 'ids'>,
  { embeddings: all, spread, ids: expectedIds, maxActiveDims }: Expected,
  precision: Precision,
): Comparison {
  if (embeddings.length !== all.rows) {
    throw new Error(`${counted(embeddings.length, 'embedding')} for ${counted(all.rows, 'text')}`);
  }
  const rows = Array.from(embeddings.keys()).filter(
    (text) => ids === undefined || isDeepStrictEqual(ids[text], expectedIds[text]),
  );
  const found = sparseFromRows(
    rows.map((text) => entriesOf(embeddings[text])),
    all.columns,
  );
  return {
    otherTokens: all.rows - rows.length,
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
