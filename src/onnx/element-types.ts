import { TensorProto_DataType as DataType } from './generated/onnx_pb.js';
import type { ElementType, TypedArray } from './model.js';

/** Types with a corresponding typed array. */
export type NumericType = Exclude<ElementType, 'string'>;

export interface TypedArrayConstructor {
  readonly BYTES_PER_ELEMENT: number;
  readonly name: string;
  new (buffer: ArrayBufferLike, byteOffset: number, length: number): TypedArray;
}

/** The code of a type in a file, and the array type of its elements; strings have no array type. */
const ELEMENT_TYPES = {
  float32: { code: DataType.FLOAT, array: Float32Array },
  float16: { code: DataType.FLOAT16, array: Uint16Array },
  bfloat16: { code: DataType.BFLOAT16, array: Uint16Array },
  float64: { code: DataType.DOUBLE, array: Float64Array },
  int8: { code: DataType.INT8, array: Int8Array },
  uint8: { code: DataType.UINT8, array: Uint8Array },
  int16: { code: DataType.INT16, array: Int16Array },
  uint16: { code: DataType.UINT16, array: Uint16Array },
  int32: { code: DataType.INT32, array: Int32Array },
  uint32: { code: DataType.UINT32, array: Uint32Array },
  int64: { code: DataType.INT64, array: BigInt64Array },
  uint64: { code: DataType.UINT64, array: BigUint64Array },
  bool: { code: DataType.BOOL, array: Uint8Array },
  string: { code: DataType.STRING, array: undefined },
} satisfies Record<ElementType, { code: number; array: TypedArrayConstructor | undefined }>;

const BY_CODE = new Map<number, ElementType>(
  (Object.keys(ELEMENT_TYPES) as ElementType[]).map((type) => [ELEMENT_TYPES[type].code, type]),
);

export function codeOf(type: ElementType): number {
  return ELEMENT_TYPES[type].code;
}

export function arrayOf(type: NumericType): TypedArrayConstructor {
  return ELEMENT_TYPES[type].array;
}

/** undefined for types that this package has no arrays for, such as types of four bits or complex numbers. */
export function elementTypeOf(code: number): ElementType | undefined {
  return BY_CODE.get(code);
}

/** The name of an element type as onnx.proto writes it, for messages. */
export function nameOfCode(code: number): string {
  const known = Object.entries(DataType).find(([, value]) => value === code);
  return known === undefined ? `number ${code}` : known[0];
}
