import type * as tfjs from '@tensorflow/tfjs';
import { tf } from '../tf.js';

/** The sparsity of the embeddings of a step. Queries are the first column, documents all others. */
export interface Activity extends Readonly<Record<string, number>> {
  /** Mean number of active dimensions. */
  readonly query_active_dims: number;
  readonly document_active_dims: number;
  /** Share of texts without any active dimension. */
  readonly query_all_zero: number;
  readonly document_all_zero: number;
  /** Expected products of a query and a document: the sum over dimensions of how often both are active. */
  readonly expected_flops: number;
}

const NAMES = [
  'query_active_dims',
  'document_active_dims',
  'query_all_zero',
  'document_all_zero',
  'expected_flops',
] as const satisfies readonly (keyof Activity)[];

/** [5]: the numbers of an Activity. */
export function activityTensor(columns: readonly tfjs.Tensor[]): tfjs.Tensor1D {
  // A loss of a user's own may embed nothing.
  if (columns.length === 0) return tf.tensor1d(NAMES.map(() => Number.NaN));
  return tf.tidy(() => {
    const [queries, ...others] = columns.map((column) => tf.notEqual(column, 0).toFloat());
    const query = queries as tfjs.Tensor;
    const document = others.length === 0 ? query : tf.concat(others, 0);
    const [ofQueries, ofDocuments] = [query, document].map((active) => active.sum(1)) as [
      tfjs.Tensor,
      tfjs.Tensor,
    ];
    return tf.stack([
      ofQueries.mean(),
      ofDocuments.mean(),
      ofQueries.equal(0).toFloat().mean(),
      ofDocuments.equal(0).toFloat().mean(),
      query.mean(0).mul(document.mean(0)).sum(),
    ]) as tfjs.Tensor1D;
  });
}

/** The Activity of these numbers; undefined if nothing was measured. */
export function activityOf(values: readonly number[]): Activity | undefined {
  if (values.every(Number.isNaN)) return undefined;
  return Object.fromEntries(
    NAMES.map((name, index) => [name, values[index] ?? Number.NaN]),
  ) as unknown as Activity;
}
