import type { SparseMatrix } from '../sparse-matrix.js';
import { BLOCK_DOCUMENTS, type PostingBlock } from './posting-block.js';
import type { SparseIndex } from './sparse-index.js';

/**
 * The scores of some documents of an index for one row of `queries`, exactly as a search gives them: the products are
 * added in the same order. It looks up each document in the postings, so it is fast for a few documents.
 */
export function documentScores(
  { blocks }: SparseIndex,
  queries: SparseMatrix,
  row: number,
  documents: readonly number[],
): number[] {
  return documents.map((document) => {
    const block = blocks[Math.floor(document / BLOCK_DOCUMENTS)] as PostingBlock;
    let score = 0;
    for (let p = queries.indptr[row] as number; p < (queries.indptr[row + 1] as number); p++) {
      const value = valueIn(block, queries.indices[p] as number, document % BLOCK_DOCUMENTS);
      score += (queries.values[p] as number) * value;
    }
    return score;
  });
}

/** The weight of a document in a dimension, by binary search: 0 if it has none. */
function valueIn({ indptr, members, values }: PostingBlock, dimension: number, member: number): number {
  let low = indptr[dimension] as number;
  let high = indptr[dimension + 1] as number;
  const end = high;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((members[middle] as number) < member) low = middle + 1;
    else high = middle;
  }
  return low < end && members[low] === member ? (values[low] as number) : 0;
}
