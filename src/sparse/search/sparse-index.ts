import { aPath, checkArguments, isObject, iterable, listOf } from '../../arguments.js';
import { counted } from '../../counted.js';
import { describe } from '../../describe.js';
import { InputError } from '../../errors.js';
import { checkShape, checkSize, checkSparseMatrix } from '../check-sparse-matrix.js';
import { sliceRows } from '../select-rows.js';
import type { SparseMatrix } from '../sparse-matrix.js';
import { readIndexFile, writeIndexFile } from './index-file.js';
import { addPostings, BLOCK_DOCUMENTS, postingBlock, type PostingBlock } from './posting-block.js';
import { TopK } from './top-k.js';

export interface SearchHits {
  /** Numbers of documents, the best first; of equal scores the lower number comes first. */
  readonly documents: Uint32Array;
  readonly scores: Float64Array;
}

const MATRICES = iterable('an iterable of matrices');
const BLOCKS = listOf(
  'a list of blocks of postings',
  (block) => isObject(block) && 'documents' in block && 'indptr' in block && 'members' in block,
);

/**
 * An inverted index of documents by dimension, for exact search by dot product. If rows are normalized first, it
 * searches by cosine. A posting takes 6 bytes. Documents are numbered in the order of their arrival.
 */
export class SparseIndex {
  readonly documents: number;
  readonly columns: number;
  /** All blocks but the last have BLOCK_DOCUMENTS documents. */
  readonly blocks: readonly PostingBlock[];

  constructor(columns: number, blocks: readonly PostingBlock[]) {
    checkSize(columns, 'columns', 'the index');
    checkArguments('SparseIndex', { blocks: BLOCKS }, { blocks });
    this.columns = columns;
    this.blocks = blocks;
    this.documents = blocks.reduce((sum, block) => sum + block.documents, 0);
  }

  /**
   * Reads a saved index, in Node. It takes no more memory than the file's size: its header is checked against that
   * first.
   *
   * @throws IndexFileError if the file is not an index of this version, was cut short, or is invalid
   */
  static async load(path: string): Promise<SparseIndex> {
    checkArguments('SparseIndex.load', { path: aPath }, { path });
    const { columns, blocks } = await readIndexFile(path);
    return new SparseIndex(columns, blocks);
  }

  /** Writes the index, in Node. Whatever happens, `path` holds either its former contents or the whole index. */
  async save(path: string): Promise<void> {
    checkArguments('SparseIndex.save', { path: aPath }, { path });
    await writeIndexFile(this, path);
  }

  /** @throws InputError if the matrix is not a valid `SparseMatrix` */
  static fromMatrix(matrix: SparseMatrix): SparseIndex {
    checkShape(matrix, 'the matrix of documents');
    const builder = new SparseIndexBuilder(matrix.columns);
    builder.add(matrix);
    return builder.finish();
  }

  /**
   * Builds the index from a stream of matrices. It holds only the index and BLOCK_DOCUMENTS rows of them. Do not change
   * a matrix before this is done.
   *
   * @throws InputError for a matrix with another number of columns, or an invalid matrix
   */
  static async fromStream(
    matrices: AsyncIterable<SparseMatrix> | Iterable<SparseMatrix>,
    columns: number,
  ): Promise<SparseIndex> {
    checkArguments('SparseIndex.fromStream', { matrices: MATRICES }, { matrices });
    checkSize(columns, 'columns', 'the index');
    const builder = new SparseIndexBuilder(columns);
    for await (const matrix of matrices) builder.add(matrix);
    return builder.finish();
  }

  /**
   * For each row of `queries` the k documents with the highest scores, or all if there are fewer. Scores are float64
   * sums in the order of the dimensions, so equal documents have equal scores. A document that shares no dimension with
   * the query has the score 0, as in the reference, and comes after positive and before negative scores.
   *
   * @throws InputError for another number of columns, invalid queries, or if k is not a whole number above 0
   */
  search(queries: SparseMatrix, k: number): SearchHits[] {
    checkSparseMatrix(queries, 'the matrix of queries');
    if (queries.columns !== this.columns) {
      throw new InputError(
        `queries have ${counted(queries.columns, 'column')}; expected ${this.columns}, like the documents`,
      );
    }
    if (!(Number.isInteger(k) && k > 0)) {
      throw new InputError(`k is ${describe(k)}; expected a whole number above 0`);
    }
    const scores = new Float64Array(Math.min(this.documents, BLOCK_DOCUMENTS));
    return Array.from({ length: queries.rows }, (_, query) => {
      const best = new TopK(k, this.documents);
      for (const [number, block] of this.blocks.entries()) {
        for (let p = queries.indptr[query] as number; p < (queries.indptr[query + 1] as number); p++) {
          addPostings(block, queries.indices[p] as number, queries.values[p] as number, scores);
        }
        takeScores(scores, block.documents, number * BLOCK_DOCUMENTS, best);
      }
      return best.finish();
    });
  }
}

/** Offers the scores of a block and resets them to 0. */
function takeScores(scores: Float64Array, documents: number, first: number, best: TopK): void {
  let threshold = best.threshold;
  for (let member = 0; member < documents; member++) {
    const score = scores[member] as number;
    if (score > threshold) {
      best.add(score, first + member);
      threshold = best.threshold;
    }
  }
  scores.fill(0, 0, documents);
}

/** Collects rows until they fill a block. */
class SparseIndexBuilder {
  readonly #columns: number;
  readonly #blocks: PostingBlock[] = [];
  #pending: SparseMatrix[] = [];
  #pendingRows = 0;
  #documents = 0;

  constructor(columns: number) {
    this.#columns = columns;
  }

  add(matrix: SparseMatrix): void {
    checkSparseMatrix(matrix, `the matrix of documents from ${this.#documents}`);
    if (matrix.columns !== this.#columns) {
      throw new InputError(`documents have ${counted(matrix.columns, 'column')}; expected ${this.#columns}`);
    }
    this.#documents += matrix.rows;
    for (let begin = 0; begin < matrix.rows;) {
      const end = Math.min(matrix.rows, begin + BLOCK_DOCUMENTS - this.#pendingRows);
      this.#pending.push(sliceRows(matrix, begin, end));
      this.#pendingRows += end - begin;
      begin = end;
      if (this.#pendingRows === BLOCK_DOCUMENTS) this.#closeBlock();
    }
  }

  finish(): SparseIndex {
    if (this.#pendingRows > 0) this.#closeBlock();
    return new SparseIndex(this.#columns, this.#blocks);
  }

  #closeBlock(): void {
    this.#blocks.push(postingBlock(this.#pending, this.#columns));
    this.#pending = [];
    this.#pendingRows = 0;
  }
}
