import { plainTable } from '../../src/cli/table.js';
import { type Agreement, ERROR_UNIT } from '../../src/export/verification/compare.js';
import type { Row, Verdict } from './try-consumers.js';

const HEAD = [
  'consumer',
  'model',
  'format',
  'verdict',
  'texts',
  'worst error',
  'allowed',
  'one side only',
  'load s',
  'encode s',
  'version',
];
const LEGEND = `Errors are ${ERROR_UNIT}; terms that are active on one side only: beyond the allowed error + within it.`;

/** Rows as a table, and below it what there is to say about them. */
export function renderRows(rows: readonly Row[]): string {
  const notes = rows.flatMap(({ consumer, model, note }) =>
    note === undefined ? [] : [`${consumer}, ${model}: ${note}`],
  );
  return [plainTable([HEAD, ...rows.map(cells)], 'left'), LEGEND, ...notes].join('\n');
}

function cells(row: Row): string[] {
  const { consumer, model, task, format, precision, verdict, comparison, version = '' } = row;
  const { loadSeconds, encodeSeconds } = row;
  return [
    consumer,
    task === undefined ? model : `${model} (${task})`,
    precision === 'fp32' ? format : `${format}, ${precision}`,
    verdict,
    ...(comparison === undefined ? ['', '', '', ''] : agreementCells(comparison.agreement)),
    loadSeconds?.toFixed(2) ?? '',
    encodeSeconds?.toFixed(2) ?? '',
    version,
  ];
}

function agreementCells(agreement: Agreement): string[] {
  const { texts, worstError, allowedError, supportDifferences, supportDifferencesInBand } = agreement;
  return [
    String(texts),
    worstError.toExponential(1),
    allowedError?.toExponential(1) ?? 'no bound',
    `${supportDifferences} + ${supportDifferencesInBand}`,
  ];
}

/** A finding goes before what is missing on this machine. */
export function exitCodeFor(rows: readonly Row[]): 0 | 1 | 3 {
  const has = (...verdicts: Verdict[]): boolean => rows.some(({ verdict }) => verdicts.includes(verdict));
  if (has('differs', 'failed')) return 1;
  return has('unavailable') ? 3 : 0;
}
