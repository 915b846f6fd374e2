import type * as tf from '@tensorflow/tfjs';
import { type ArgumentRule, checkArguments, instanceOf, listOf } from '../arguments.js';
import { InputError, UsageError } from '../errors.js';
import { isTensor } from '../is-tensor.js';
import type { OnnxBackend } from './backend.js';
import { onnxBackend, tensorOf } from './compile/record.js';
import { sizeOf, Value } from './graph.js';
import { share } from './runtime/sharing.js';
import type { Elements } from './storage.js';

const ARRAY = instanceOf(Float32Array, 'a Float32Array');
const SHAPE: ArgumentRule = listOf(
  'a list of sizes, whole numbers from 0',
  (size) => Number.isSafeInteger(size) && (size as number) >= 0,
);
const TENSOR: ArgumentRule = { expects: 'a tensor of the onnx engine', accepts: isTensor };

/**
 * A tensor of the onnx engine over an array that stays the caller's: what is written to the array later is what the
 * tensor holds. For the parameters of an optimizer that works in place, which a compiled function then reads without a
 * copy. Operations that were recorded but not computed before such a write see the array as it is when they run.
 *
 * @throws InputError where the array has another number of elements than the shape
 */
export function tensorOver(elements: Float32Array, shape: readonly number[]): tf.Tensor {
  checkArguments('tensorOver', { elements: ARRAY, shape: SHAPE }, { elements, shape });
  if (elements.length !== sizeOf(shape)) {
    throw new InputError(`${elements.length} elements; shape [${shape.join(', ')}] has ${sizeOf(shape)}`);
  }
  const value = new Value('float32', shape, { kind: 'data', elements });
  // The array is not the engine's to use again.
  share(value);
  return tensorOf(currentBackend('tensorOver'), value);
}

/**
 * The elements of a tensor that the onnx engine has computed, without a copy: to be read, and not after the tensor is
 * disposed, since the engine then uses the array again. (`data()` gives an array that stays as it is.)
 *
 * @throws UsageError where the tensor has not been computed
 */
export function elementsOf(tensor: tf.Tensor): Elements {
  checkArguments('elementsOf', { tensor: TENSOR }, { tensor });
  const { source } = currentBackend('elementsOf').valueFor(tensor);
  if (source.kind === 'data') return source.elements as Elements;
  throw new UsageError(
    'elementsOf needs a computed tensor: a result of a compiled function, or one that was read',
  );
}

function currentBackend(asked: string): OnnxBackend {
  const backend = onnxBackend();
  if (backend === undefined) {
    throw new UsageError(`${asked} is for the onnx engine; call setEngine('onnx') before`);
  }
  return backend;
}
