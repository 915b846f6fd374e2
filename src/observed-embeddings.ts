import type { Tensor, Tensor1D } from '@tensorflow/tfjs';
import { tf } from './tf.js';

type Observe = (counts: Tensor1D) => void;

let observer: Observe | undefined;

/** Runs a function while `observe` is told the `activeCounts` of every sentence embedding that an encoder computes. */
export function observingEmbeddings<T>(observe: Observe | undefined, run: () => T): T {
  const before = observer;
  observer = observe;
  try {
    return run();
  } finally {
    observer = before;
  }
}

/** Tells an embedding to whoever observes. */
export function tellEmbedding(embedding: Tensor | undefined): void {
  if (embedding !== undefined && observer !== undefined) observer(activeCounts(embedding));
}

/**
 * Embeds rows in parts, whose counts are told as those of one embedding. `embed` is given a function that embeds a part
 * and returns it with its counts, which are to be added up; without an observer there are none.
 */
export function observingParts<T extends { readonly sums: readonly Tensor[] }>(
  embed: (part: (rows: () => Tensor) => { readonly rows: [Tensor]; readonly sums: Tensor[] }) => T,
): T {
  const observe = observer;
  const result = embed((rows) => {
    const embedding = observingEmbeddings(undefined, rows);
    return { rows: [embedding], sums: observe === undefined ? [] : [activeCounts(embedding)] };
  });
  const [counts] = result.sums;
  if (counts !== undefined) observe?.(counts as Tensor1D);
  return result;
}

/**
 * What the sparsity of embeddings [rows, dimensions] is computed from, [dimensions + 2]: how many rows have each
 * dimension active, how many have none, and how many rows there are. Those of parts add up to those of the whole.
 */
function activeCounts(embedding: Tensor): Tensor1D {
  return tf.tidy(() => {
    const active = tf.notEqual(embedding, 0).toFloat();
    const empty = active.sum(1).equal(0).toFloat();
    return tf.concat([
      active.sum(0),
      empty.sum().reshape([1]),
      tf.onesLike(empty).sum().reshape([1]),
    ] as Tensor1D[]);
  });
}
