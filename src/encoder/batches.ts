/** Texts that go through the encoder together, by their places in the input. */
export type Batch = readonly number[];

/**
 * Batches of texts of similar length, the longest first (memory that is not enough is then found out at once). Within
 * equal lengths the order of the input stays.
 *
 * @param lengths of each text, in tokens
 */
export function batchesByLength(lengths: readonly number[], batchSize: number): Batch[] {
  const order = lengths.map((_, index) => index).toSorted((a, b) => (lengths[b] ?? 0) - (lengths[a] ?? 0));
  const batches: Batch[] = [];
  for (let begin = 0; begin < order.length; begin += batchSize) {
    batches.push(order.slice(begin, begin + batchSize));
  }
  return batches;
}

/**
 * Groups of at most `size` items of an input that may never end.
 *
 * @throws the signal's reason, asked with each item
 */
export async function* windowsOf<T>(
  items: Iterable<T> | AsyncIterable<T>,
  size: number,
  signal?: AbortSignal,
): AsyncGenerator<T[]> {
  signal?.throwIfAborted();
  let window: T[] = [];
  for await (const item of items) {
    signal?.throwIfAborted();
    window.push(item);
    if (window.length < size) continue;
    yield window;
    window = [];
  }
  if (window.length > 0) yield window;
}
