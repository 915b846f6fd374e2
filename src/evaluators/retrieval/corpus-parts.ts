import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import { joinRows, type RowPlace } from '../../sparse/join-rows.js';
import { sliceRows } from '../../sparse/select-rows.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** A part of the corpus that is searched at once. */
export interface CorpusPart {
  readonly embeddings: SparseMatrix;
  /** The numbers of its documents in the corpus, in ascending order of their ids. */
  readonly numbers: Uint32Array;
}

export interface PartLimits {
  /** The most documents of a part. */
  readonly documents: number;
  /** A part ends when it has this many entries, whose indices and values take 8 bytes each. */
  readonly entries: number;
}

/**
 * Divides the embeddings of a corpus, which come in order, into parts within limits. Only one part is in memory at a
 * time, in two copies while its rows are put in the order of their ids.
 *
 * @throws InputError if there are more or fewer embeddings than documents
 */
export async function* corpusParts(
  matrices: AsyncIterable<SparseMatrix> | Iterable<SparseMatrix>,
  ranks: Uint32Array,
  limits: PartLimits,
): AsyncGenerator<CorpusPart> {
  let pending: RowPlace[] = [];
  let [first, entries] = [0, 0];
  const take = async (): Promise<CorpusPart> => {
    const numbers = Uint32Array.from(pending, (_, at) => first + at);
    numbers.sort((a, b) => (ranks[a] as number) - (ranks[b] as number));
    const places = Array.from(numbers, (number) => pending[number - first] as RowPlace);
    const embeddings = await joinRows(places, (places[0] as RowPlace).matrix.columns);
    first += pending.length;
    pending = [];
    entries = 0;
    return { embeddings, numbers };
  };
  for await (const matrix of matrices) {
    const end = first + pending.length + matrix.rows;
    if (end > ranks.length) {
      throw new InputError(
        `there are more embeddings than the ${counted(ranks.length, 'document')} of the corpus`,
      );
    }
    for (let row = 0; row < matrix.rows; row++) {
      pending.push({ matrix, row });
      entries += (matrix.indptr[row + 1] as number) - (matrix.indptr[row] as number);
      if (pending.length >= limits.documents || entries >= limits.entries) yield await take();
    }
  }
  if (pending.length > 0) yield await take();
  if (first < ranks.length) {
    throw new InputError(
      `there are ${counted(first, 'embedding')} for ${counted(ranks.length, 'document')}; expected one for each`,
    );
  }
}

/** The rows of a matrix in parts, so that not all of them are copied at once. */
export function* rowsInParts(matrix: SparseMatrix, rows: number): Generator<SparseMatrix> {
  for (let begin = 0; begin < matrix.rows; begin += rows) {
    yield sliceRows(matrix, begin, Math.min(matrix.rows, begin + rows));
  }
}
