/**
 * Sparse embeddings in compressed rows: text i has `indices` and `values` from `indptr[i]` to `indptr[i + 1]`, with
 * ascending distinct indices and no value 0.
 */
export interface SparseMatrix {
  readonly rows: number;
  readonly columns: number;
  /** [rows + 1] */
  readonly indptr: Uint32Array;
  readonly indices: Uint32Array;
  readonly values: Float32Array;
}
