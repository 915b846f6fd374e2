import { counted } from '../../counted.js';
import { isTextId, type TextId } from '../../data/text-id.js';
import { InputError } from '../../errors.js';
import { aText, nullable, type OptionRules, resolveGiven } from '../../options.js';
import { checkSparseMatrix } from '../check-sparse-matrix.js';
import { rowAt } from '../row.js';
import type { SparseMatrix } from '../sparse-matrix.js';
import { payloadFormat, type PayloadFormatName } from './formats.js';
import type { PayloadFormat, PayloadTokenizer } from './payload.js';

export interface PayloadOptions {
  /** Needed for formats that write tokens. */
  readonly tokenizer?: PayloadTokenizer;
  /** The id of each row. Default: rows are numbered from `firstId`. */
  readonly ids?: readonly TextId[];
  /** Number of the first row, if the matrix is one of several. Default: 0. */
  readonly firstId?: number;
  /** The texts, for formats that store them. */
  readonly contents?: readonly string[];
}

/** null means "not given". */
const RULES: OptionRules<{ readonly [K in keyof PayloadOptions]-?: PayloadOptions[K] | null }> = {
  tokenizer: nullable({
    expects: 'a tokenizer, with idToToken and tokenToId',
    accepts: (value) =>
      typeof value === 'object' && value !== null && 'idToToken' in value && 'tokenToId' in value,
  }),
  ids: nullable({
    expects: 'an array of strings, whole numbers below 2^53, and bigints',
    accepts: (value) => Array.isArray(value) && value.every(isTextId),
  }),
  firstId: nullable({
    expects: 'a whole number of at least 0',
    accepts: (value) => Number.isSafeInteger(value) && (value as number) >= 0,
  }),
  contents: nullable({
    expects: 'an array of strings',
    accepts: (value) => Array.isArray(value) && value.every(aText.accepts),
  }),
};

/**
 * Each row of a matrix as a line of `format`, without line ends.
 *
 * @throws OptionError for an unknown format, and for an option that is unknown or of the wrong type
 * @throws InputError for an invalid matrix, for embeddings that the engine would refuse, for a missing tokenizer, and
 *   if the number of ids or contents differs from the number of rows
 */
export function payloadLines(
  name: PayloadFormatName,
  matrix: SparseMatrix,
  options: PayloadOptions = {},
): Generator<string> {
  const format = payloadFormat(name);
  const given = resolveGiven<PayloadOptions>('payloadLines', RULES, options);
  checkSparseMatrix(matrix);
  for (const [what, list] of Object.entries({ ids: given.ids, contents: given.contents })) {
    if (list !== undefined && list.length !== matrix.rows) {
      throw new InputError(
        `${list.length} ${what} for ${counted(matrix.rows, 'row')}; expected one for each row`,
      );
    }
  }
  return linesOf(format, matrix, given);
}

function* linesOf(
  format: PayloadFormat,
  matrix: SparseMatrix,
  { tokenizer, ids, firstId = 0, contents }: PayloadOptions,
): Generator<string> {
  for (let row = 0; row < matrix.rows; row++) {
    const content = contents?.[row];
    yield format.write(
      {
        ...rowAt(matrix, row),
        columns: matrix.columns,
        id: ids?.[row] ?? firstId + row,
        ...(content === undefined ? {} : { content }),
      },
      tokenizer,
    );
  }
}
