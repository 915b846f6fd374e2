import CliTable from 'cli-table3';

const BORDERS = ['top', 'bottom', 'left', 'right', 'mid'] as const;
const PARTS = ['', '-left', '-mid', '-right'] as const;
/** No frames: a screen reader would read them out, and `awk` would count them. */
const PLAIN = {
  ...Object.fromEntries(BORDERS.flatMap((border) => PARTS.map((part) => [border + part, '']))),
  middle: '  ',
};

/**
 * Rows as lines with aligned columns, the first to the left, the others to the right unless told otherwise.
 * Wide characters count as two places.
 */
export function plainTable(
  rows: readonly (readonly string[])[],
  aligned: 'left' | 'right' = 'right',
): string {
  const columns = rows.reduce((most, row) => Math.max(most, row.length), 0);
  const table = new CliTable({
    chars: PLAIN,
    style: { head: [], border: [], 'padding-left': 0, 'padding-right': 0 },
    colAligns: Array.from({ length: columns }, (_, column) => (column === 0 ? 'left' : aligned)),
  });
  table.push(...rows.map((row) => [...row]));
  return table
    .toString()
    .split('\n')
    .map((line) => line.trimEnd())
    .join('\n');
}

/** A text on one line of at most so many characters; what could steer a terminal is a space. */
export function oneLine(text: string, longest: number): string {
  const line = Array.from(text.replaceAll(/[\p{C}\s]+/gu, ' ').trim());
  return line.length > longest ? `${line.slice(0, longest - 1).join('')}…` : line.join('');
}

/** With the thousands apart: 66,985,530. */
export const grouped = (count: number): string => count.toLocaleString('en-US');

/** A number with its noun: 1 text, 2 texts. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${grouped(count)} ${count === 1 ? one : many}`;
