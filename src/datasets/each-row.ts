import type { Dataset, Row } from './dataset.js';

/** The number of rows that are read together: enough for a disk, and few enough for memory. */
const ROWS_AT_A_TIME = 256;

/** All rows in order, with their indices. */
export async function* eachRow(dataset: Dataset): AsyncGenerator<readonly [index: number, row: Row]> {
  for (let begin = 0; begin < dataset.length; begin += ROWS_AT_A_TIME) {
    const count = Math.min(ROWS_AT_A_TIME, dataset.length - begin);
    const rows = await dataset.rows(Array.from({ length: count }, (_, index) => begin + index));
    for (const [index, row] of rows.entries()) yield [begin + index, row];
  }
}
