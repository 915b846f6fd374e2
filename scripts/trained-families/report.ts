import { plainTable } from '../../src/shell/table.js';
import type { Machine } from '../bench/report.js';
import type { Quality } from '../quickstart/quickstart.js';
import type { Trained } from './compare.js';
import type { Family } from './recipes.js';

export interface FamilyResult {
  readonly family: Family;
  readonly steps: number;
  readonly ours: Trained & Quality;
  readonly reference: Trained & Quality;
}

export interface FamiliesReport {
  readonly schemaVersion: 1;
  readonly machine: Machine;
  readonly batch: number;
  readonly queries: number;
  readonly documents: number;
  readonly families: readonly FamilyResult[];
}

const minutes = (seconds: number): string => (seconds / 60).toFixed(1);

/** Lines of at most 80 characters. */
export function inWords({ batch, queries, documents, machine, families }: FamiliesReport): string {
  const quality = ({ ndcg10, queryTerms, documentTerms }: Quality): string[] => [
    ndcg10.toFixed(3),
    queryTerms.toFixed(0),
    documentTerms.toFixed(0),
  ];
  const row = (who: string, one: Trained & Quality): string[] => [
    `  ${who}`,
    ...quality(one),
    (one.losses.at(-1) ?? Number.NaN).toFixed(3),
    minutes(one.cpuSeconds),
    minutes(one.seconds),
    one.peakMiB.toFixed(0),
  ];
  const table = plainTable([
    ['', 'nDCG@10', 'query', 'document', 'loss', 'CPU min', 'min', 'MiB'],
    ...families.flatMap(({ family, steps, ours, reference }) => [
      [`${family}, ${steps} steps`],
      row('our trainer', ours),
      row('reference', reference),
    ]),
  ]);
  return `
${table}

query, document: active dimensions. loss: mean of the last steps. Each step has
${batch} pairs of WordNet, without dropout; both trainers begin with the same weights
and take the same batches, in turn on the same ${machine.threads} threads. Times are those of the
steps. nDCG@10: ${queries.toLocaleString('en')} words over ${documents.toLocaleString('en')} definitions that training has not seen.
`;
}
