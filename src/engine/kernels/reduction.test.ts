import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { anyType, axisOf, call, shapes, SMALL, tensor } from '../../testing/kernel-cases.js';

type Type = 'float32' | 'int32' | 'bool';

const whole: Record<Type, fc.Arbitrary<number>> = {
  float32: SMALL,
  int32: SMALL,
  bool: fc.integer({ min: 0, max: 1 }),
};

/** Products of 200 such factors are exact; some int32 products overflow. */
const factors: Record<Type, fc.Arbitrary<number>> = {
  float32: fc.constantFrom(1, 1, -1, 1, -1, 2, 0.5, 0),
  int32: fc.constantFrom(1, 1, -1, 1, -1, 1, 2),
  bool: whole.bool,
};

const withSpecial = (...special: number[]) => ({
  ...whole,
  float32: fc.oneof({ weight: 20, arbitrary: SMALL }, { weight: 1, arbitrary: fc.constantFrom(...special) }),
});

/** Some axes of a tensor, or none given, which means all. */
const someAxes = (rank: number) =>
  fc.option(
    fc
      .subarray([...Array(rank).keys()])
      .chain((axes) =>
        fc.constantFrom(...(axes.length === 1 ? [axes, axes.map((axis) => axis - rank)] : [axes])),
      ),
  );

interface Cases {
  values?: Record<Type, fc.Arbitrary<number>>;
  types?: fc.Arbitrary<Type>;
  minDim?: number;
  minRank?: number;
}

const cases = <T>(
  options: (shape: number[]) => fc.Arbitrary<T>,
  { values = whole, types = anyType, minDim = 0, minRank = 0 }: Cases = {},
) =>
  fc
    .tuple(shapes({ minRank, maxRank: 5, minDim }), types)
    .chain(([shape, type]) =>
      fc.record({ inputs: fc.tuple(tensor(shape, type, values[type])), options: options(shape) }),
    );

type Reduction = (x: tf.Tensor, axes: number[] | undefined, keepDims: boolean) => tf.Tensor;

const reducing = (op: Reduction, limits: Cases = {}, agreement: Partial<Agreement> = {}): Agreement => ({
  calls: call(
    cases((shape) => fc.tuple(someAxes(shape.length), fc.boolean()), limits),
    ([axes, keepDims], x) => op(x, axes ?? undefined, keepDims),
  ),
  ...agreement,
});

const alongOne = <T>(
  op: (x: tf.Tensor, axis: number, options: T) => tf.Tensor,
  options: fc.Arbitrary<T>,
  { positive = false, ...limits }: Cases & { positive?: boolean },
  agreement: Partial<Agreement> = {},
): Agreement => ({
  calls: call(
    cases((shape) => fc.tuple(positive ? fc.nat({ max: shape.length - 1 }) : axisOf(shape.length), options), {
      minRank: 1,
      ...limits,
    }),
    ([axis, more], x) => op(x, axis, more),
  ),
  ...agreement,
});

const numbers = fc.constantFrom<Type>('float32', 'int32');
const floats = fc.constant<Type>('float32');
const bools = fc.constant<Type>('bool');
const nothing = fc.constant(null);
const running = fc.record({ exclusive: fc.boolean(), reverse: fc.boolean() });

const logits = {
  ...whole,
  float32: fc.oneof(
    { weight: 12, arbitrary: fc.float({ min: -50, max: 50, noNaN: true }) },
    { weight: 1, arbitrary: fc.constantFrom(-Infinity, Number.NaN) },
  ),
};
const finiteLogits = { ...whole, float32: fc.integer({ min: -40, max: 40 }).map((n) => n / 8) };
// For an empty axis tfjs gives NaN and false; this engine gives the neutral element.
const someElements = { minDim: 1 };

const AGREEMENTS: Record<string, Agreement> = {
  sum: reducing(tf.sum, { values: withSpecial(Number.NaN, Infinity) }, { ulps: 0 }),
  'sum with its gradient': reducing(tf.sum, {}, { gradient: true, ulps: 0 }),
  mean: reducing(tf.mean, { values: withSpecial(Number.NaN, -Infinity) }, { tolerance: 1e-6 }),
  'mean with its gradient': reducing(tf.mean, someElements, { gradient: true, tolerance: 1e-6 }),
  prod: reducing(tf.prod, { values: factors }, { ulps: 0 }),
  max: reducing(tf.max, { values: withSpecial(Number.NaN, -Infinity), ...someElements }, { ulps: 0 }),
  'max of infinity': reducing(
    tf.max,
    { values: withSpecial(Infinity, -Infinity), ...someElements },
    { ulps: 0 },
  ),
  'max with its gradient': reducing(tf.max, { types: numbers, ...someElements }, { gradient: true, ulps: 0 }),
  min: reducing(tf.min, { values: withSpecial(Number.NaN, Infinity), ...someElements }, { ulps: 0 }),
  'min of infinity': reducing(
    tf.min,
    { values: withSpecial(Infinity, -Infinity), ...someElements },
    { ulps: 0 },
  ),
  all: reducing(tf.all, { types: bools, ...someElements }),
  any: reducing(tf.any, { types: bools }),
  argMax: alongOne((x, axis) => tf.argMax(x, axis), nothing, someElements),
  argMin: alongOne((x, axis) => tf.argMin(x, axis), nothing, someElements),
  // Axes counted from the front: the cpu backend mistakes axes counted from the end.
  cumsum: alongOne(
    (x, axis, { exclusive, reverse }) => tf.cumsum(x, axis, exclusive, reverse),
    running,
    { types: numbers, positive: true },
    { ulps: 0 },
  ),
  'cumsum with its gradient': alongOne(
    (x, axis, { exclusive, reverse }) => tf.cumsum(x, axis, exclusive, reverse),
    running,
    { types: floats, ...someElements, positive: true },
    { gradient: true, ulps: 0 },
  ),
  cumprod: alongOne(
    (x, axis, { exclusive, reverse }) => tf.cumprod(x, axis, exclusive, reverse),
    running,
    { types: numbers, values: factors, positive: true },
    { ulps: 0 },
  ),
  softmax: alongOne((x) => tf.softmax(x), nothing, { types: floats, values: logits }, { tolerance: 1e-6 }),
  'softmax with its gradient': alongOne(
    (x) => tf.softmax(x),
    nothing,
    { types: floats, values: finiteLogits, ...someElements },
    { gradient: true, tolerance: 1e-5 },
  ),
  logSoftmax: alongOne(
    (x) => tf.logSoftmax(x),
    nothing,
    { types: floats, values: finiteLogits, ...someElements },
    { gradient: true, tolerance: 1e-5 },
  ),
  logSumExp: alongOne(
    (x, axis) => tf.logSumExp(x, axis),
    nothing,
    { types: floats, values: finiteLogits, ...someElements },
    { gradient: true, tolerance: 1e-5 },
  ),
  topk: {
    calls: call(
      cases(([...shape]) => fc.nat({ max: shape.at(-1) as number }), { minRank: 1, types: numbers }),
      (k, x) => {
        const { values, indices } = tf.topk(x, k);
        return [values, indices];
      },
    ),
    ulps: 0,
  },
  bincount: {
    calls: call(
      fc.tuple(shapes({ minRank: 1, maxRank: 1 }), fc.boolean()).chain(([shape, weighted]) =>
        fc.record({
          inputs: fc.tuple(
            tensor(shape, 'int32', fc.nat({ max: 9 })),
            tensor(weighted ? shape : [0], 'float32', SMALL),
          ),
          options: fc.nat({ max: 12 }),
        }),
      ),
      (size, x, weights) => tf.bincount(x as tf.Tensor1D, weights as tf.Tensor1D, size),
    ),
    ulps: 0,
  },
  denseBincount: {
    calls: call(
      fc.tuple(shapes({ minRank: 1, maxRank: 2 }), fc.boolean()).chain(([shape, weighted]) =>
        fc.record({
          inputs: fc.tuple(
            tensor(shape, 'int32', fc.nat({ max: 9 })),
            tensor(weighted ? shape : [0], 'float32', SMALL),
          ),
          options: fc.tuple(fc.integer({ min: 1, max: 12 }), fc.boolean()),
        }),
      ),
      ([size, present], x, weights) =>
        tf.denseBincount(x as tf.Tensor2D, weights as tf.Tensor2D, size, present && x.rank === 2),
    ),
    ulps: 0,
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', ([, agreement]) =>
  fc.assert(
    sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 25 },
  ),
);

test.each([
  [30, 2 ** 30],
  [31, -(2 ** 31)],
  [32, 0],
  [2000, 0],
])('the product of %i times 2 is %i in int32, as on the cpu backend', async (count, product) => {
  const found: number[] = [];
  for (const engine of ['onnx', 'cpu'] as const) {
    await tf.setBackend(engine);
    found.push((await tf.prod(tf.ones([count], 'int32').mul(tf.scalar(2, 'int32'))).data())[0] as number);
  }
  expect(found).toEqual([product, product]);
});
