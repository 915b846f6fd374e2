import type { Value } from '../graph.js';

/**
 * Who refers to the elements of a value, besides the tensor that it was made for. An array that nobody else refers to is
 * used again once that tensor is gone.
 */
const shared = new WeakSet<Value>();

/** How many runs read the elements of a value now, or are about to. */
const readers = new Map<Value, number>();

/** Notes that more than one may refer to the elements: a user who read them, a recorded node, another value. */
export function share(value: Value): void {
  shared.add(value);
}

/** Notes that a value has the elements of another one, and is shared where that is. */
export function shareLike(value: Value, other: Value): void {
  if (shared.has(other)) shared.add(value);
}

/** Whether nothing but the tensor of a value refers to its elements. */
export function isUnshared(value: Value): boolean {
  return !shared.has(value) && !readers.has(value);
}

/** Does the task while the elements of the values stay what they are, whatever becomes of their tensors. */
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
