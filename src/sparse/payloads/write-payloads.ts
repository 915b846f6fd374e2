import { InputError } from '../../errors.js';
import { rowOf } from '../row.js';
import type { SparseMatrix } from '../sparse-matrix.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from './formats.js';
import type { PayloadFormat, PayloadTokenizer } from './payload.js';

export interface PayloadOptions {
  /** For the formats that write tokens. */
  readonly tokenizer?: PayloadTokenizer;
  /** Of each row; without them rows are numbered from `firstId`. */
  readonly ids?: readonly (string | number)[];
  /** Number of the first row, where the matrix is one of several; 0 unless given. */
  readonly firstId?: number;
  /** The texts, for the formats that store them. */
  readonly contents?: readonly string[];
}

/**
 * Each row of a matrix as a line of `format`, without line ends.
 *
 * @throws InputError for what the engine does not take, for a missing tokenizer, and for ids or contents of another number
 */
export function* payloadLines(
  name: PayloadFormatName,
  matrix: SparseMatrix,
  { tokenizer, ids, firstId = 0, contents }: PayloadOptions = {},
): Generator<string> {
  const format: PayloadFormat = PAYLOAD_FORMATS[name];
  for (const [what, given] of Object.entries({ ids, contents })) {
    if (given !== undefined && given.length !== matrix.rows) {
      throw new InputError(`${given.length} ${what} for ${matrix.rows} rows; expected as many`);
    }
  }
  for (let row = 0; row < matrix.rows; row++) {
    const content = contents?.[row];
    yield format.write(
      {
        ...rowOf(matrix, row),
        columns: matrix.columns,
        id: ids?.[row] ?? firstId + row,
        ...(content === undefined ? {} : { content }),
      },
      tokenizer,
    );
  }
}
