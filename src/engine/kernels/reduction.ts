import type { CumsumAttrs, MaxAttrs, SumAttrs } from '@tensorflow/tfjs';
import { tf } from '../../tf.js';
import type { Value } from '../graph.js';
import { filled, isEmpty, scalar, zeros } from '../ops/constants.js';
import { isFinite, numeric } from '../ops/convert.js';
import { cumulativeProduct, cumulativeSum } from '../ops/cumulative.js';
import { cast, compare, div, predicate, where } from '../ops/elementwise.js';
import { reshape } from '../ops/layout.js';
import { matMul } from '../ops/matmul.js';
import { argReduce, reduce } from '../ops/reduce.js';
import { normalizeAxis, reducedShape } from '../ops/shapes.js';
import { remainder } from './binary.js';
import { kernel, type Kernel } from './kernel.js';

/** Reduces some axes of a tensor. */
type Reduction = (x: Value, axes: readonly number[], keepDims: boolean) => Value;

/** Axes as tfjs takes them: an empty list means all, and negative axes count from the end. */
type Axes = number | number[];

function axesOf(x: Value, axes: Axes): number[] {
  return tf.util.parseAxisParam(axes, [...x.shape]).toSorted((a, b) => a - b);
}

/** For every reduction here, the result of a single element is that element. */
const by =
  (op: string): Reduction =>
  (x, axes, keepDims) =>
    axes.every((axis) => x.shape[axis] === 1)
      ? reshape(x, reducedShape(x.shape, axes, keepDims))
      : reduce(op, x, axes, keepDims);

/**
 * Sums over the rows of a matrix are a product with ones, which takes at most half the time of ONNX Runtime's
 * ReduceSum.
 */
function columnSums(x: Value, keepDims: boolean): Value {
  const [rows, columns] = x.shape as [number, number];
  const sums = matMul(filled(1, [1, rows], x.type), x);
  return keepDims ? sums : reshape(sums, [columns]);
}

const overRows = (x: Value, axes: readonly number[]): boolean =>
  x.type === 'float32' && x.shape.length === 2 && axes.length === 1 && axes[0] === 0 && x.size > 0;

const sum: Reduction = (x, axes, keepDims) =>
  overRows(x, axes) ? columnSums(x, keepDims) : by('ReduceSum')(x, axes, keepDims);

const mean: Reduction = (x, axes, keepDims) =>
  overRows(x, axes)
    ? div(columnSums(x, keepDims), scalar(x.shape[0] as number, x.type))
    : by('ReduceMean')(x, axes, keepDims);

/**
 * ONNX Runtime's ReduceMax and ReduceMin ignore NaN. A sum propagates NaN and costs little in comparison. The sum is
 * also NaN where both infinities meet, so there a NaN goes unnoticed beside the infinity that is the result.
 */
const extreme =
  (op: 'ReduceMax' | 'ReduceMin'): Reduction =>
  (x, axes, keepDims) => {
    const found = by(op)(x, axes, keepDims);
    if (x.type !== 'float32' || found.source === x.source) return found;
    const total = by('ReduceSum')(x, axes, keepDims);
    const short =
      op === 'ReduceMax'
        ? compare('Less', found, scalar(Infinity, x.type))
        : compare('Greater', found, scalar(-Infinity, x.type));
    return where(compare('And', predicate('IsNaN', total), short), total, found);
  };

/**
 * Multiplies integers in float64 and keeps the last 32 bits, as JavaScript does. ONNX Runtime's product saturates at
 * 2^31 - 1.
 */
const product: Reduction = (x, axes, keepDims) => {
  if (x.type !== 'int32') return by('ReduceProd')(x, axes, keepDims);
  const whole = by('ReduceProd')(cast(x, 'float64'), axes, keepDims);
  const lowBits = where(isFinite(whole), remainder(whole, scalar(2 ** 32, 'float64')), scalar(0, 'float64'));
  return cast(cast(lowBits, 'int64'), 'int32');
};

/** Computes bool tensors in int32 and returns int32. */
const counted =
  (reduction: Reduction): Reduction =>
  (x, axes, keepDims) =>
    reduction(numeric(x), axes, keepDims);

/** Computes bool tensors in bytes and returns bool. */
const ofBools =
  (reduction: Reduction): Reduction =>
  (x, axes, keepDims) =>
    x.type === 'bool'
      ? cast(reduction(cast(x, 'uint8'), axes, keepDims), 'bool')
      : reduction(x, axes, keepDims);

const REDUCTIONS = {
  Sum: counted(sum),
  Prod: counted(product),
  Mean: (x, axes, keepDims) => mean(cast(x, 'float32'), axes, keepDims),
  Min: ofBools(extreme('ReduceMin')),
  All: ofBools(by('ReduceMin')),
  Any: ofBools(by('ReduceMax')),
} as const satisfies Record<string, Reduction>;

const max = ofBools(extreme('ReduceMax'));

/** tfjs finds the greatest or smallest number; ONNX Runtime finds the first NaN. */
function withoutNan(x: Value, op: 'ArgMax' | 'ArgMin'): Value {
  if (x.type !== 'float32') return x;
  return where(predicate('IsNaN', x), scalar(op === 'ArgMax' ? -Infinity : Infinity, x.type), x);
}

const positionOf = (op: 'ArgMax' | 'ArgMin'): Kernel =>
  kernel<'x', { axis: Axes }>(({ x }, { axis }) => {
    const [along = 0] = axesOf(x, axis);
    // A scalar has only position 0, and an empty tensor has none. ONNX Runtime refuses both.
    if (x.shape.length === 0 || isEmpty(x)) return zeros(reducedShape(x.shape, [along], false), 'int32');
    return cast(argReduce(op, withoutNan(numeric(x), op), along, false), 'int32');
  });

const cumulative = (record: typeof cumulativeSum): Kernel =>
  kernel<'x', CumsumAttrs>(({ x }, { axis, exclusive, reverse }) => {
    const whole = reshape(numeric(x), x.shape.length === 0 ? [1] : x.shape);
    return reshape(record(whole, normalizeAxis(axis, whole.shape.length), { exclusive, reverse }), x.shape);
  });

export const REDUCTION: Record<string, Kernel> = {
  ...Object.fromEntries(
    Object.entries<Reduction>(REDUCTIONS).map(([name, reduction]) => [
      name,
      kernel<'x', SumAttrs>(({ x }, { axis, keepDims }) => reduction(x, axesOf(x, axis), keepDims)),
    ]),
  ),
  Max: kernel<'x', MaxAttrs>(({ x }, { reductionIndices, keepDims }) =>
    max(x, axesOf(x, reductionIndices), keepDims),
  ),
  ArgMax: positionOf('ArgMax'),
  ArgMin: positionOf('ArgMin'),
  Cumsum: cumulative(cumulativeSum),
  Cumprod: cumulative(cumulativeProduct),
};
