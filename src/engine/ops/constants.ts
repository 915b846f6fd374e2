import type { ElementType } from '../../onnx/model.js';
import { sizeOf, Value } from '../graph.js';
import { elementsOf } from './elements.js';
import { emit } from './emit.js';

/** A scalar of the program, such as the 2 of a formula. */
export function scalar(number: number, type: ElementType): Value {
  return new Value(type, [], { kind: 'constant', elements: elementsOf(type, [number]) }, number);
}

/** A vector of ints as ONNX takes shapes, axes and starts. */
export function int64s(numbers: readonly number[]): Value {
  return new Value('int64', [numbers.length], { kind: 'constant', elements: elementsOf('int64', numbers) });
}

export function int32s(numbers: readonly number[]): Value {
  return new Value('int32', [numbers.length], { kind: 'constant', elements: elementsOf('int32', numbers) });
}

/** A tensor filled with one number, stored as that number. */
export function filled(number: number, shape: readonly number[], type: ElementType): Value {
  if (shape.length === 0) return scalar(number, type);
  return emit('Expand', [scalar(number, type), int64s(shape)], { type, shape, fill: number });
}

export function zeros(shape: readonly number[], type: ElementType): Value {
  return filled(0, shape, type);
}

/** Whether the value has no elements. ONNX Runtime refuses some ops on such tensors. */
export function isEmpty(value: Value): boolean {
  return sizeOf(value.shape) === 0;
}
