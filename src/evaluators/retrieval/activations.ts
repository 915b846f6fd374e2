import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { Sparsity } from '../../sparse/sparsity.js';

/** Counts the active dimensions of embeddings that come in parts. */
export class Activations {
  rows = 0;
  #entries = 0;
  /** In how many embeddings each dimension is active. */
  #counts = new Float64Array(0);

  add({ rows, columns, indices }: SparseMatrix): void {
    if (this.#counts.length === 0) this.#counts = new Float64Array(columns);
    for (const index of indices) this.#counts[index] = (this.#counts[index] as number) + 1;
    this.rows += rows;
    this.#entries += indices.length;
  }

  /** Adds the counts of others. */
  addAll(others: Activations): void {
    if (this.#counts.length === 0) this.#counts = new Float64Array(others.#counts.length);
    for (const [index, count] of others.#counts.entries()) {
      this.#counts[index] = (this.#counts[index] ?? 0) + count;
    }
    this.rows += others.rows;
    this.#entries += others.#entries;
  }

  get sparsity(): Sparsity {
    const columns = this.#counts.length;
    if (this.rows === 0 || columns === 0) return { activeDims: 0, sparsityRatio: 1 };
    const activeDims = this.#entries / this.rows;
    return { activeDims, sparsityRatio: 1 - activeDims / columns };
  }

  /**
   * The expected multiplications for the dot product of a query and a document: the sum over dimensions of the share of
   * queries times the share of documents in which the dimension is active.
   */
  flopsWith(documents: Activations): number {
    let sum = 0;
    for (const [index, count] of this.#counts.entries()) sum += count * (documents.#counts[index] ?? 0);
    return this.rows === 0 || documents.rows === 0 ? 0 : sum / (this.rows * documents.rows);
  }
}
