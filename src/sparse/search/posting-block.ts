import type { SparseMatrix } from '../sparse-matrix.js';

/**
 * Documents that are searched together. Their scores, as float64, fit into the second-level cache (256 KiB), and the
 * number of a document within the block fits into 16 bits.
 */
export const BLOCK_DOCUMENTS = 2 ** 15;

/** The postings of `documents` consecutive documents, by dimension. */
export interface PostingBlock {
  readonly documents: number;
  /** [columns + 1]: the postings of dimension d are at `indptr[d]` to `indptr[d + 1]`. */
  readonly indptr: Uint32Array;
  /** Numbers of documents within the block, ascending in each dimension. */
  readonly members: Uint16Array;
  readonly values: Float32Array;
}

/** Builds a block from the rows of several matrices, BLOCK_DOCUMENTS at most, by a counting sort. */
export function postingBlock(parts: readonly SparseMatrix[], columns: number): PostingBlock {
  const indptr = new Uint32Array(columns + 1);
  for (const { indices } of parts) {
    for (const index of indices) indptr[index + 1] = (indptr[index + 1] as number) + 1;
  }
  for (let d = 0; d < columns; d++) indptr[d + 1] = (indptr[d + 1] as number) + (indptr[d] as number);

  const next = indptr.slice(0, columns);
  const members = new Uint16Array(indptr[columns] as number);
  const values = new Float32Array(members.length);
  let documents = 0;
  for (const part of parts) {
    for (let row = 0; row < part.rows; row++) {
      for (let p = part.indptr[row] as number; p < (part.indptr[row + 1] as number); p++) {
        const index = part.indices[p] as number;
        const place = next[index] as number;
        next[index] = place + 1;
        members[place] = documents;
        values[place] = part.values[p] as number;
      }
      documents++;
    }
  }
  return { documents, indptr, members, values };
}

/**
 * scores[m] += weight * value for all postings of a dimension, four at a time. Their documents differ, so the processor
 * need not store one sum before it loads the next, and takes 0.6 of the time.
 */
export function addPostings(
  { indptr, members, values }: PostingBlock,
  dimension: number,
  weight: number,
  scores: Float64Array,
): void {
  let p = indptr[dimension] as number;
  const end = indptr[dimension + 1] as number;
  for (; p + 4 <= end; p += 4) {
    const a = members[p] as number;
    const b = members[p + 1] as number;
    const c = members[p + 2] as number;
    const d = members[p + 3] as number;
    const scoreA = (scores[a] as number) + weight * (values[p] as number);
    const scoreB = (scores[b] as number) + weight * (values[p + 1] as number);
    const scoreC = (scores[c] as number) + weight * (values[p + 2] as number);
    const scoreD = (scores[d] as number) + weight * (values[p + 3] as number);
    scores[a] = scoreA;
    scores[b] = scoreB;
    scores[c] = scoreC;
    scores[d] = scoreD;
  }
  for (; p < end; p++) {
    const member = members[p] as number;
    scores[member] = (scores[member] as number) + weight * (values[p] as number);
  }
}
