import { checkArguments, objectWith } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { rowAt, rowOf, type SparseRow } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** The part of a tokenizer that names the dimensions of an embedding. */
export type TokenNames = Pick<Tokenizer, 'idToToken'>;

export const NAMES = objectWith(['idToToken'], 'a tokenizer');

export type TokenWeight = readonly [token: string, weight: number];

/** The token of a dimension; `#31000` for a dimension without one, such as the padding of a vocabulary. */
export function tokenOf(tokenizer: TokenNames, index: number): string {
  return tokenizer.idToToken(index) ?? `#${index}`;
}

/**
 * The tokens of each row by descending weight, at most `topK` of them; equal weights by index. The names are
 * meaningless if a model's dimensions are not the tokens of its vocabulary (CSR).
 *
 * @throws InputError if `topK` is not a whole number above 0, or the matrix is not a valid `SparseMatrix`
 */
export function decode(matrix: SparseMatrix, tokenizer: TokenNames, topK = Infinity): TokenWeight[][] {
  if (!(topK === Infinity || Number.isInteger(topK)) || topK <= 0) {
    throw new InputError(`topK is ${describe(topK)}; expected a whole number above 0`);
  }
  checkArguments('decode', { tokenizer: NAMES }, { tokenizer });
  checkSparseMatrix(matrix);
  return Array.from({ length: matrix.rows }, (_, row) => {
    const { indices, values } = rowAt(matrix, row);
    return positionsByWeight(values)
      .slice(0, topK)
      .map((position): TokenWeight => [
        tokenOf(tokenizer, indices[position] as number),
        values[position] as number,
      ]);
  });
}

/** Positions of values by descending value; of equal values the lower position comes first. */
export function positionsByWeight(values: SparseRow['values']): number[] {
  return Array.from(values.keys()).toSorted((a, b) => (values[b] as number) - (values[a] as number) || a - b);
}

/**
 * Tokens and weights of one row by descending weight. If two dimensions have the same token, the later one is
 * `#<index>`.
 */
export function tokenWeights(matrix: SparseMatrix, row: number, tokenizer: TokenNames): Map<string, number> {
  checkArguments('tokenWeights', { tokenizer: NAMES }, { tokenizer });
  const { indices, values } = rowOf(matrix, row);
  const weights = new Map<string, number>();
  for (const position of positionsByWeight(values)) {
    const index = indices[position] as number;
    const token = tokenOf(tokenizer, index);
    weights.set(weights.has(token) ? `#${index}` : token, values[position] as number);
  }
  return weights;
}
