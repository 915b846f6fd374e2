import type * as tf from '@tensorflow/tfjs';
import { type Elements } from '../../../src/engine/storage.js';
import { Value } from '../../../src/engine/graph.js';
import { onnxBackend, tensorOf } from '../../../src/engine/record.js';

/** A tensor over an array that stays the caller's: what is written to the array later is what the tensor holds. */
export function tensorOver(elements: Float32Array, shape: readonly number[]): tf.Tensor {
  const value = new Value('float32', shape, { kind: 'data', elements });
  // The array is not the engine's to use again.
  value.shared = true;
  return tensorOf(backend(), value);
}

/** The elements of a computed tensor, to be read before it is disposed. */
export function elementsOf(tensor: tf.Tensor): Elements {
  const { source } = backend().valueFor(tensor);
  if (source.kind !== 'data') throw new RangeError('the tensor has not been computed');
  return source.elements as Elements;
}

function backend(): NonNullable<ReturnType<typeof onnxBackend>> {
  const found = onnxBackend();
  if (found === undefined) throw new Error('the step benchmark runs on the onnx engine');
  return found;
}
