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
 * A tensor of the onnx engine over an array that stays the caller's: a later write to the array changes the tensor. It
 * serves the parameters of an optimizer that works in place, which a compiled function then reads without a copy.
 * Operations that were recorded but not computed before such a write see the array as it is when they run.
 *
 * @throws InputError if the number of elements does not match the shape
 */
export function tensorOver(elements: Float32Array, shape: readonly number[]): tf.Tensor {
  checkArguments('tensorOver', { elements: ARRAY, shape: SHAPE }, { elements, shape });
  if (elements.length !== sizeOf(shape)) {
    throw new InputError(`${elements.length} elements; shape [${shape.join(', ')}] has ${sizeOf(shape)}`);
  }
  const value = new Value('float32', shape, { kind: 'data', elements });
  // The caller owns the array, so the engine must not reuse it.
  share(value);
  return tensorOf(currentBackend('tensorOver'), value);
}

/**
 * The elements of a tensor that the onnx engine has computed, without a copy. Do not write to them, and do not read
 * them after the tensor is disposed: the engine then reuses the array. (`data()` returns an array of its own.)
 *
 * @throws UsageError if the tensor has not been computed
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
    throw new UsageError(`${asked} is for the onnx engine; call setEngine('onnx') first`);
  }
  return backend;
}
