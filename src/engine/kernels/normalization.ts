import type * as tf from '@tensorflow/tfjs';
import { sizeOf, type Value } from '../graph.js';
import { scalar } from '../ops/constants.js';
import { add, binary, cast, div, mul, sub, unary } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { reshape } from '../ops/layout.js';
import { kernel, type Kernel } from './kernel.js';

const float = (number: number): Value => scalar(number, 'float32');

/** (x - mean) scale / sqrt(variance + epsilon) + offset */
function batchNorm(
  x: Value,
  {
    mean,
    variance,
    scale,
    offset,
  }: Record<'mean' | 'variance', Value> & Partial<Record<'scale' | 'offset', Value>>,
  epsilon: number,
): Value {
  const deviation = unary('Sqrt', add(variance, float(epsilon)));
  const factor = scale === undefined ? unary('Reciprocal', deviation) : div(scale, deviation);
  const scaled = mul(sub(x, mean), factor);
  return offset === undefined ? scaled : add(scaled, offset);
}

interface Neighbourhood {
  readonly depthRadius: number;
  readonly bias: number;
  readonly alpha: number;
  readonly beta: number;
}

/** Sum of x over the channels (the last axis) at most `radius` away. */
function sumOfNeighbours(x: Value, radius: number): Value {
  const rows = reshape(x, [sizeOf(x.shape.slice(0, -1)), 1, x.shape.at(-1) as number]);
  const width = 2 * radius + 1;
  const mean = emit(
    'AveragePool',
    [rows],
    { type: x.type, shape: rows.shape },
    {
      attributes: {
        kernel_shape: { ints: [width] },
        pads: { ints: [radius, radius] },
        count_include_pad: { int: 1 },
      },
    },
  );
  return mul(reshape(mean, x.shape), float(width));
}

/** n = bias + alpha (sum of x^2 over the neighbouring channels) */
function neighbourhoodNorm(x: Value, { depthRadius, bias, alpha }: Neighbourhood): Value {
  return add(mul(sumOfNeighbours(mul(x, x), depthRadius), float(alpha)), float(bias));
}

const damping = (norm: Value, beta: number): Value => binary('Pow', norm, float(-beta));

/** y = x n^-beta */
function localResponse(x: Value, around: Neighbourhood): Value {
  return mul(x, damping(neighbourhoodNorm(x, around), around.beta));
}

/** dx = dy n^-beta - 2 alpha beta x (sum of dy y / n over the neighbouring channels) */
function localResponseGradient(x: Value, y: Value, dy: Value, around: Neighbourhood): Value {
  const { depthRadius, alpha, beta } = around;
  const norm = neighbourhoodNorm(x, around);
  const others = sumOfNeighbours(div(mul(dy, y), norm), depthRadius);
  return sub(mul(dy, damping(norm, beta)), mul(mul(x, others), float(2 * alpha * beta)));
}

export const NORMALIZATION: Record<string, Kernel> = {
  FusedBatchNorm: kernel<'x' | 'mean' | 'variance', tf.FusedBatchNormAttrs, 'scale' | 'offset'>(
    ({ x, ...moments }, { varianceEpsilon }) => batchNorm(x, moments, varianceEpsilon),
  ),
  LRN: kernel<'x', tf.LRNAttrs>(({ x }, attributes) => localResponse(cast(x, 'float32'), attributes)),
  LRNGrad: kernel<'x' | 'y' | 'dy', tf.LRNGradAttrs>(({ x, y, dy }, attributes) =>
    localResponseGradient(x, y, dy, attributes),
  ),
};
