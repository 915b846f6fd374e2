import * as tf from '@tensorflow/tfjs';
import { vi } from 'vitest';

/**
 * Describes in one line how a call failed that should throw: the class of the error, its message, and what it computed before
 * or left behind, if anything.
 */
export function refusalOf(call: () => unknown): string {
  const before = tf.memory().numTensors;
  const spy = vi.spyOn(tf.engine(), 'runKernel');
  let outcome = 'nothing was thrown';
  try {
    call();
  } catch (error) {
    outcome =
      error instanceof Error ? `${error.name}: ${error.message}` : 'something other than an Error was thrown';
  }
  const operations = spy.mock.calls.length;
  spy.mockRestore();
  const tensors = tf.memory().numTensors - before;
  return [
    outcome,
    ...(operations === 0 ? [] : [`after ${operations} operations`]),
    ...(tensors === 0 ? [] : [`${tensors} tensors left behind`]),
  ].join(' | ');
}
