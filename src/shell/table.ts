import CliTable, { type HorizontalAlignment } from 'cli-table3';
import { textWidth } from '../text-width.js';
import { COLUMNS } from './help-text.js';

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid'] as const;
const PARTS = ['', '-left', '-mid', '-right'] as const;
/** No frames: a screen reader would read them out, and `awk` would count them. */
const PLAIN = {
  ...Object.fromEntries(BORDERS.flatMap((border) => PARTS.map((part) => [border + part, '']))),
  middle: '  ',
};

/** Alignment of the columns after the first: one for all, or one for each. */
export type Alignment = HorizontalAlignment | readonly HorizontalAlignment[];

/**
 * Rows as lines with aligned columns. By default the first is aligned left, the others right. Wide characters count as
 * two columns of the terminal. If lines are longer than 80 characters, the columns that do not fit follow below, with
 * the first column repeated.
 */
export function plainTable(rows: readonly (readonly string[])[], aligned: Alignment = 'right'): string {
  const whole = alignedRows(rows, aligned);
  const longest = Math.max(...whole.map(textWidth));
  const columns = Math.max(...rows.map((row) => row.length));
  if (longest <= COLUMNS || columns <= 2) return whole.join('\n');
  // The most columns that fit; at least one beside the first.
  for (let count = columns - 1; ; count--) {
    const fit = alignedRows(firstColumns(rows, count), aligned);
    if (count > 2 && Math.max(...fit.map(textWidth)) > COLUMNS) continue;
    const rest = rows.map(([first = '', ...others]) => [first, ...others.slice(count - 1)]);
    const restAligned = typeof aligned === 'string' ? aligned : aligned.slice(count - 1);
    return `${fit.join('\n')}\n\n${plainTable(rest, restAligned)}`;
  }
}

const firstColumns = (rows: readonly (readonly string[])[], count: number): string[][] =>
  rows.map((row) => row.slice(0, count));

/** Rows as lines with aligned columns, however long. */
export function alignedRows(rows: readonly (readonly string[])[], aligned: Alignment): string[] {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const table = new CliTable({
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: Array.from({ length: columns }, (_, column) =>
      column === 0 ? 'left' : typeof aligned === 'string' ? aligned : (aligned[column - 1] ?? 'right'),
    ),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd());
}

/** A text on one line of at most `longest` characters. Characters that could control a terminal become spaces. */
export function oneLine(text: string, longest: number): string {
  const line = Array.from(text.replaceAll(/[\p{C}\s]+/gu, ' ').trim());
  return line.length > longest ? `${line.slice(0, longest - 1).join('')}…` : line.join('');
}
