import type { ElementType, TypedArray } from '../../onnx/model.js';

/** Types of a program's own constants. */
const MAKE: Partial<Record<ElementType, (numbers: readonly number[]) => TypedArray>> = {
  float32: (numbers) => Float32Array.from(numbers),
  float64: (numbers) => Float64Array.from(numbers),
  int32: (numbers) => Int32Array.from(numbers),
  int64: (numbers) => BigInt64Array.from(numbers, (number) => BigInt(number)),
  int8: (numbers) => Int8Array.from(numbers),
  uint8: (numbers) => Uint8Array.from(numbers),
  bool: (numbers) => Uint8Array.from(numbers, (number) => Number(number !== 0)),
};

/** Numbers as the elements of a constant. */
export function elementsOf(type: ElementType, numbers: readonly number[]): TypedArray {
  const make = MAKE[type];
  if (make === undefined) throw new RangeError(`a program has no constants of type ${type}`);
  return make(numbers);
}
