import { STRATA, strataOf } from '../arbitraries/strata.js';
import { cellName, selectCells } from '../suite.js';

/** The lines of the table, and the kinds of data that each is compared on. */
export function renderList(losses: readonly string[], formats: readonly string[]): string {
  const cells = selectCells(losses, formats).map(
    (cell) => `${cellName(cell)}  (${strataOf(cell).length} kinds of data)`,
  );
  const strata = STRATA.map(({ id, what }) => `${id.padEnd(16)} ${what}`);
  return [...cells, '', ...strata, ''].join('\n');
}
