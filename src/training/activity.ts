import type * as tfjs from '@tensorflow/tfjs';
import { tf } from '../tf.js';

/** The sparsity of a step's embeddings. Queries are the first column; documents are all other columns. */
export interface Activity extends Readonly<Record<string, number>> {
  /** Mean number of active dimensions. */
  readonly query_active_dims: number;
  readonly document_active_dims: number;
  /** Share of texts without any active dimension. */
  readonly query_all_zero: number;
  readonly document_all_zero: number;
  /**
   * The expected number of dimensions that a query and a document share: the sum over dimensions of the product of their
   * activation rates.
   */
  readonly expected_flops: number;
}

const NAMES = [
  'query_active_dims',
  'document_active_dims',
  'query_all_zero',
  'document_all_zero',
  'expected_flops',
] as const satisfies readonly (keyof Activity)[];

/**
 * Returns the numbers of an Activity in one tensor of shape [5].
 *
 * @param columns for each column [dimensions + 2], as `observingEmbeddings` reports them
 */
export function activityTensor(columns: readonly tfjs.Tensor1D[]): tfjs.Tensor1D {
  // A user's own loss may embed nothing.
  if (columns.length === 0) return tf.tensor1d(NAMES.map(() => Number.NaN));
  return tf.tidy(() => {
    const [queries, ...others] = columns;
    const query = meansOf(queries as tfjs.Tensor1D);
    const document = others.length === 0 ? query : meansOf(tf.addN(others));
    return tf.stack([
      query.dims,
      document.dims,
      query.empty,
      document.empty,
      query.active.mul(document.active).sum(),
    ]) as tfjs.Tensor1D;
  });
}

/** How often each dimension is active, the mean number of active dimensions, and the share of rows without any. */
function meansOf(counts: tfjs.Tensor1D): Record<'active' | 'dims' | 'empty', tfjs.Tensor> {
  const dimensions = counts.size - 2;
  const active = counts.slice(0, dimensions);
  const [empty, rows] = [0, 1].map((at) => counts.slice(dimensions + at, 1).reshape([])) as [
    tfjs.Tensor,
    tfjs.Tensor,
  ];
  return { active: active.div(rows), dims: active.sum().div(rows), empty: empty.div(rows) };
}

/** The weighted mean of Activities. */
export function meanActivity(parts: readonly { activity: Activity; weight: number }[]): Activity {
  const total = parts.reduce((sum, { weight }) => sum + weight, 0);
  return Object.fromEntries(
    NAMES.map((name) => [
      name,
      parts.reduce((sum, { activity, weight }) => sum + weight * activity[name], 0) / total,
    ]),
  ) as unknown as Activity;
}

/** Makes an Activity from its numbers; undefined if nothing was measured. */
export function activityOf(values: readonly number[]): Activity | undefined {
  if (values.every(Number.isNaN)) return undefined;
  return Object.fromEntries(
    NAMES.map((name, index) => [name, values[index] ?? Number.NaN]),
  ) as unknown as Activity;
}
