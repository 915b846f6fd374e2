import { counted, grouped } from '../../src/counted.js';
import { alignedRows } from '../../src/shell/table.js';
import type { Quality } from '../quickstart/quickstart.js';
import type { MiningCost } from './measure.js';

/** A model that was trained further. */
export interface Trained {
  readonly name: string;
  readonly quality: Quality;
  readonly seconds: number;
}

export interface MiningMeasurement {
  readonly pairs: number;
  readonly negatives: number;
  readonly steps: number;
  readonly more: number;
  readonly batch: number;
  readonly cost: MiningCost;
  readonly start: Quality;
  readonly trained: readonly Trained[];
}

/** Time and memory of the mining, and what training on its negatives gains. */
export function inWords(measured: MiningMeasurement): string {
  const { cost, start, trained, negatives, more, batch } = measured;
  const row = (name: string, { ndcg10, queryTerms, documentTerms }: Quality, seconds?: number): string[] => [
    name,
    ndcg10.toFixed(3),
    queryTerms.toFixed(0),
    documentTerms.toFixed(0),
    seconds === undefined ? '' : `${seconds.toFixed(0)} s`,
  ];
  const table = alignedRows(
    [
      ['', 'nDCG@10', 'query', 'document', 'training'],
      row('the model that mined', start),
      ...trained.map(({ name, quality, seconds }) => row(`and ${more} more, ${name}`, quality, seconds)),
    ],
    'right',
  );
  return `
Mined ${counted(negatives, 'negative')} of each query for ${counted(measured.pairs, 'pair')} (${counted(cost.report.queries, 'query', 'queries')}):
${cost.seconds.toFixed(0)} s (${cost.processorSeconds.toFixed(0)} s of processors), ${grouped(Math.round(cost.peakMiB))} MiB at most, ${counted(cost.report.rows, 'row')} found.

Trained further on these rows, ${batch} a step (terms of a query and of a document):

${table.join('\n')}
`;
}
