import type * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { sizeOf } from '../engine/graph.js';

type Type = 'float32' | 'int32' | 'bool';

/** A tensor that belongs to no engine yet. */
export interface PlainTensor {
  readonly type: Type;
  readonly shape: readonly number[];
  readonly values: number[];
}

/** One call of a tfjs op. `options` show a reader what `run` does apart from its inputs. */
export interface KernelCall {
  readonly inputs: readonly PlainTensor[];
  readonly options: unknown;
  readonly run: (...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[];
}

/** Generates a call from its inputs and the other arguments of the op. */
export function call<Options>(
  cases: fc.Arbitrary<{ inputs: readonly PlainTensor[]; options: Options }>,
  run: (options: Options, ...inputs: tf.Tensor[]) => tf.Tensor | tf.Tensor[],
): fc.Arbitrary<KernelCall> {
  return cases.map(({ inputs, options }) => ({
    inputs,
    options,
    run: (...tensors) => run(options, ...tensors),
  }));
}

/** Shapes, including some empty ones. */
export function shapes({ minRank = 0, maxRank = 6, minDim = 0 } = {}): fc.Arbitrary<number[]> {
  const dim = fc.oneof(
    { weight: 12, arbitrary: fc.integer({ min: Math.max(1, minDim), max: 4 }) },
    { weight: 1, arbitrary: fc.constant(minDim) },
  );
  return fc.array(dim, { minLength: minRank, maxLength: maxRank });
}

const AWKWARD = {
  float32: fc.oneof(fc.float(), fc.integer({ min: -9, max: 9 }).map(Math.fround)),
  int32: fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 })),
  bool: fc.integer({ min: 0, max: 1 }),
} as const satisfies Record<Type, fc.Arbitrary<number>>;

/** Small whole numbers, whose sums are the same in any order. */
export const SMALL = fc.integer({ min: -9, max: 9 });

export const anyType: fc.Arbitrary<Type> = fc.constantFrom('float32', 'int32', 'bool');

/** A tensor of this shape. By default it holds awkward values: NaN, infinities, -0, the limits of int32. */
export function tensor(
  shape: readonly number[],
  type: Type = 'float32',
  values: fc.Arbitrary<number> = AWKWARD[type],
): fc.Arbitrary<PlainTensor> {
  const size = sizeOf(shape);
  return fc
    .array(values, { minLength: size, maxLength: size })
    .map((elements) => ({ type, shape, values: elements }));
}

/** A tensor of any type. */
export function anyTensor(shape: readonly number[]): fc.Arbitrary<PlainTensor> {
  return anyType.chain((type) => tensor(shape, type));
}

/** An axis for this rank, counted from the front or from the end. */
export function axisOf(rank: number): fc.Arbitrary<number> {
  return fc.integer({ min: -rank, max: rank - 1 });
}

/** Valid indices of an axis. */
export function indices(shape: readonly number[], dim: number): fc.Arbitrary<PlainTensor> {
  return tensor(shape, 'int32', fc.nat({ max: Math.max(dim - 1, 0) }));
}

/** Valid rows of coordinates in the axes `dims`. */
export function coordinates(leading: readonly number[], dims: readonly number[]): fc.Arbitrary<PlainTensor> {
  const row = fc.tuple(...dims.map((dim) => fc.nat({ max: Math.max(dim - 1, 0) })));
  const count = sizeOf(leading);
  return fc
    .array(row, { minLength: count, maxLength: count })
    .map((rows) => ({ type: 'int32', shape: [...leading, dims.length], values: rows.flat() }));
}
