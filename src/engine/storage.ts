import type { ElementType, TypedArray } from '../onnx/model.js';
import { type Data, Value } from './graph.js';

/** The form in which tfjs passes the elements of a tensor. */
export type Elements = Float32Array | Int32Array | Uint8Array;

/** tfjs types that a program can compute with. tfjs also has string and complex64. */
export const TENSOR_TYPES = ['float32', 'int32', 'bool'] as const;
export type TensorType = (typeof TENSOR_TYPES)[number];

export function isTensorType(type: string): type is TensorType {
  return (TENSOR_TYPES as readonly string[]).includes(type);
}

/** The number that every element equals; undefined if they differ. */
export function uniformNumber(elements: TypedArray): number | undefined {
  const [first] = elements;
  if (first === undefined || typeof first === 'bigint') return undefined;
  for (let index = 1; index < elements.length; index++) {
    // Object.is distinguishes 0 from -0, whose reciprocals differ.
    if (!Object.is(elements[index], first)) return undefined;
  }
  return first;
}

/** A copy of a user's elements, since the user may change them before the program runs. */
export function ownElements(values: ArrayLike<number | boolean>, type: TensorType): Elements {
  switch (type) {
    case 'float32':
      // Several times as fast as copying number by number.
      return values instanceof Float32Array ? values.slice() : Float32Array.from(values as ArrayLike<number>);
    case 'int32':
      return Int32Array.from(values as ArrayLike<number>);
    case 'bool':
      return Uint8Array.from(values as ArrayLike<number>, Number);
  }
}

export function dataValue(elements: TypedArray, type: ElementType, shape: readonly number[]): Value {
  const source: Data = { kind: 'data', elements };
  return new Value(type, shape, source, uniformNumber(elements));
}
