import type { Value } from '../graph.js';

/**
 * Tracks which values share their elements with something besides their own tensor. If nothing else refers to an array,
 * it is reused once the tensor is disposed.
 */
const shared = new WeakSet<Value>();

/** How many runs read the elements of a value, now or soon. */
const readers = new Map<Value, number>();

/** Notes that the elements may have more than one owner: a user who read them, a recorded node, another value. */
export function share(value: Value): void {
  shared.add(value);
}

/** Notes that a value uses the elements of another one, and is shared if the other is. */
export function shareLike(value: Value, other: Value): void {
  if (shared.has(other)) shared.add(value);
}

/** Whether only the tensor of a value refers to its elements. */
export function isUnshared(value: Value): boolean {
  return !shared.has(value) && !readers.has(value);
}

/** Runs the task and protects the elements of the values during it, even if their tensors are disposed. */
export async function whileRead<T>(values: readonly Value[], task: () => Promise<T>): Promise<T> {
  for (const value of values) readers.set(value, (readers.get(value) ?? 0) + 1);
  try {
    return await task();
  } finally {
    for (const value of values) {
      const left = (readers.get(value) ?? 0) - 1;
      if (left > 0) readers.set(value, left);
      else readers.delete(value);
    }
  }
}
