import { type Agreement, ERROR_UNIT } from '../../src/export/verification/compare.js';
import { plainTable } from '../../src/shell/table.js';
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
const LEGEND_INT8 =
  'Of int8 the distance between embeddings is bounded, as in the certificate, and no single weight.';

/** Rows as a table, followed by notes about them. */
export function renderRows(rows: readonly Row[]): string {
  const notes = rows.flatMap((row) =>
    row.note === undefined ? [] : [`${row.consumer}, ${modelOf(row)}: ${row.note}`],
  );
  const isUnbounded = rows.some(({ comparison }) => comparison?.agreement.allowedError === null);
  const legend = isUnbounded ? [LEGEND, LEGEND_INT8] : [LEGEND];
  return [plainTable([HEAD, ...rows.map(cells)], 'left'), ...legend, ...notes].join('\n');
}

function modelOf({ model, task }: Row): string {
  return task === undefined ? model : `${model} (${task})`;
}

function cells(row: Row): string[] {
  const { consumer, format, precision, verdict, comparison, version = '' } = row;
  const { loadSeconds, encodeSeconds } = row;
  return [
    consumer,
    modelOf(row),
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

/** A finding takes precedence over what is missing on this machine. A model that no consumer accepts is wrong use. */
export function exitCodeFor(rows: readonly Row[]): 0 | 1 | 2 | 3 {
  const has = (...verdicts: Verdict[]): boolean => rows.some(({ verdict }) => verdicts.includes(verdict));
  if (has('differs', 'failed')) return 1;
  if (has('unavailable')) return 3;
  const agreeing = rows.filter(({ verdict }) => verdict === 'agrees').map(modelOf);
  return rows.length > 0 && rows.every((row) => agreeing.includes(modelOf(row))) ? 0 : 2;
}
