import * as tf from '@tensorflow/tfjs';
import type { Random } from '../../../src/random.js';

/** Values of every kind, made new each time. Strings name nothing outside the working folder. */
const VALUES: readonly (() => unknown)[] = [
  () => undefined,
  () => null,
  () => true,
  () => Number.NaN,
  () => Infinity,
  () => -1,
  () => 0,
  () => 1.5,
  () => 2 ** 32 + 1,
  () => 3n,
  () => Symbol('symbol'),
  () => '',
  () => 'dog',
  () => '../\u001B[31m\u0000',
  () => 'x'.repeat(10_000),
  () => [],
  () => ['dog'],
  () => [undefined],
  () => [[1, 2], [3]],
  () => Array.from({ length: 3 }),
  () => ({}),
  () => ({ length: 3 }),
  () => Object.create(null) as object,
  () => ({ task: 3, prompt: {}, topK: -1, k: 'x', rows: 2 }),
  () => ({ rows: 1, columns: 2, indptr: [0, 1], indices: [0], values: [1] }),
  () => matrix(),
  () => new Map([['query', 3]]),
  () => new Date(0),
  () => new Uint8Array(3),
  () => new Float32Array([1, Number.NaN]),
  () => () => undefined,
  () => () => 3,
  () => Promise.resolve(3),
  () => tf.tensor1d([1, 2]),
  () =>
    tf.tensor2d([
      [1, 2],
      [3, 4],
    ]),
  () => tf.tensor2d([1, 2, 3], [1, 3], 'int32'),
  () => tf.zeros([2, 0]),
  () => tf.zeros([2, 2, 2]),
  () => tf.tensor(['text']),
  disposedTensor,
];

function disposedTensor(): tf.Tensor {
  const tensor = tf.tensor1d([1]);
  tensor.dispose();
  return tensor;
}

const matrix = () => ({
  rows: 1,
  columns: 3,
  indptr: new Uint32Array([0, 1]),
  indices: new Uint32Array([2]),
  values: new Float32Array([1]),
});

/** Up to four values; most often as many as functions take. */
export function randomArguments(random: Random): unknown[] {
  return Array.from({ length: random.pick([0, 1, 1, 2, 2, 2, 3, 4]) }, () => random.pick(VALUES)());
}

/** Disposes the tensors among values and inside them. */
export function disposeTensors(value: unknown, seen = new Set<unknown>()): void {
  if (typeof value !== 'object' || value === null || seen.has(value)) return;
  seen.add(value);
  // A variable belongs to the model that gave it.
  if (value instanceof tf.Variable) return;
  if (value instanceof tf.Tensor) {
    if (!value.isDisposed) value.dispose();
  } else if (Array.isArray(value) || Object.getPrototypeOf(value) === Object.prototype) {
    for (const each of Object.values(value)) disposeTensors(each, seen);
  }
}

/** A value in a few characters. */
export function brief(value: unknown): string {
  if (value instanceof tf.Tensor) {
    return `tensor [${(value as tf.Tensor).shape.join()}]${value.isDisposed ? ' disposed' : ''}`;
  }
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 12));
  if (typeof value === 'function') return 'a function';
  if (Array.isArray(value)) return `[${value.map(brief).join()}]`;
  return typeof value === 'object' && value !== null
    ? `{${Object.keys(value).slice(0, 3).join()}} (${value.constructor?.name ?? 'no class'})`
    : String(value);
}
