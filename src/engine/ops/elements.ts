import type { ElementType, TypedArray } from '../../onnx/model.js';

/** Numbers as the elements of a constant. */
export function elementsOf(type: ElementType, numbers: readonly number[]): TypedArray {
  switch (type) {
    case 'float32':
      return Float32Array.from(numbers);
    case 'float64':
      return Float64Array.from(numbers);
    case 'int32':
      return Int32Array.from(numbers);
    case 'int64':
      return BigInt64Array.from(numbers, (number) => BigInt(number));
    case 'bool':
      return Uint8Array.from(numbers, (number) => Number(number !== 0));
    default:
      throw new RangeError(`a program has no constants of type ${type}`);
  }
}
