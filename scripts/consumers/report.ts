import { plainTable } from '../../src/cli/table.js';
import type { Row, Verdict } from './try-consumers.js';

const HEAD = [
  'consumer',
  'model',
  'format',
  'verdict',
  'worst error',
  'only one has',
  'load s',
  'encode s',
  'version',
];

/** Rows as a table, and below it what there is to say about them. */
export function renderRows(rows: readonly Row[]): string {
  const notes = rows.flatMap(({ consumer, model, format, note }) =>
    note === undefined ? [] : [`${consumer}, ${model} (${format}): ${note}`],
  );
  return [plainTable([HEAD, ...rows.map(cells)], 'left'), ...notes].join('\n');
}

function cells({
  consumer,
  model,
  task,
  format,
  verdict,
  comparison,
  version = '',
  ...times
}: Row): string[] {
  const compared =
    comparison === undefined
      ? ['', '']
      : [
          comparison.worstError.toExponential(1),
          `${comparison.supportDifferences} of ${comparison.weights} weights`,
        ];
  const seconds = [times.loadSeconds, times.encodeSeconds].map((each) => each?.toFixed(2) ?? '');
  return [
    consumer,
    task === undefined ? model : `${model} (${task})`,
    format,
    verdict,
    ...compared,
    ...seconds,
    version,
  ];
}

/** A finding goes before what is missing on this machine. */
export function exitCodeFor(rows: readonly Row[]): 0 | 1 | 3 {
  const has = (...verdicts: Verdict[]): boolean => rows.some(({ verdict }) => verdicts.includes(verdict));
  if (has('differs', 'failed')) return 1;
  return has('unavailable') ? 3 : 0;
}
