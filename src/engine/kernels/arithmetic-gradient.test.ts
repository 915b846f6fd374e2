import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { call, tensor } from '../../testing/kernel-cases.js';

type Unary = (x: tf.Tensor) => tf.Tensor;
type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

/** Between the points where a function has no derivative or an infinite one. */
const inside = fc.integer({ min: 1, max: 15 }).map((number) => number / 16);
const around = fc.tuple(inside, fc.constantFrom(-4, -1, 1, 4)).map(([number, scale]) => number * scale);

const shapes = fc.constantFrom<[number[], number[]]>([[30], [30]], [[6, 5], [5]]);
const near = { gradient: true, tolerance: 2e-5 };

const ofOne = (op: Unary, values = around): Agreement => ({
  calls: call(
    shapes.chain(([shape]) =>
      fc.record({ inputs: fc.tuple(tensor(shape, 'float32', values)), options: fc.constant(null) }),
    ),
    (_, x) => op(x),
  ),
  ...near,
});

const ofTwo = (op: Binary, values = around): Agreement => ({
  calls: call(
    shapes.chain(([a, b]) =>
      fc.record({
        inputs: fc.tuple(tensor(a, 'float32', values), tensor(b, 'float32', values)),
        options: fc.constant(null),
      }),
    ),
    (_, a, b) => op(a, b),
  ),
  ...near,
});

const GRADIENTS: Record<string, Agreement> = {
  abs: ofOne(tf.abs),
  acos: ofOne(tf.acos, inside),
  acosh: ofOne((x) => tf.acosh(tf.add(x, 2)), inside),
  add: ofTwo(tf.add),
  asin: ofOne(tf.asin, inside),
  asinh: ofOne(tf.asinh),
  atan: ofOne(tf.atan),
  atan2: ofTwo(tf.atan2),
  atanh: ofOne(tf.atanh, inside),
  clipByValue: ofOne((x) => tf.clipByValue(x, -0.6, 2.1)),
  cos: ofOne(tf.cos),
  cosh: ofOne(tf.cosh),
  div: ofTwo(tf.div),
  elu: ofOne(tf.elu),
  erf: ofOne(tf.erf),
  exp: ofOne(tf.exp),
  expm1: ofOne(tf.expm1),
  leakyRelu: ofOne((x) => tf.leakyRelu(x, 0.1)),
  log: ofOne(tf.log, inside),
  log1p: ofOne(tf.log1p, inside),
  logSigmoid: ofOne(tf.logSigmoid),
  maximum: ofTwo(tf.maximum),
  minimum: ofTwo(tf.minimum),
  mul: ofTwo(tf.mul),
  neg: ofOne(tf.neg),
  pow: ofTwo((a, b) => tf.pow(a, b), inside),
  prelu: ofTwo((x, alpha) => tf.prelu(x, alpha)),
  reciprocal: ofOne(tf.reciprocal),
  relu: ofOne(tf.relu),
  relu6: ofOne(tf.relu6),
  round: ofOne(tf.round),
  rsqrt: ofOne(tf.rsqrt, inside),
  selu: ofOne(tf.selu),
  sigmoid: ofOne(tf.sigmoid),
  sin: ofOne(tf.sin),
  sinh: ofOne(tf.sinh),
  softplus: ofOne(tf.softplus),
  sqrt: ofOne(tf.sqrt, inside),
  square: ofOne(tf.square),
  squaredDifference: ofTwo(tf.squaredDifference),
  sub: ofTwo(tf.sub),
  tan: ofOne(tf.tan, inside),
  tanh: ofOne(tf.tanh),
  where: ofTwo((a, b) => {
    const every2nd = tf.equal(tf.mod(tf.range(0, a.size), 2), 0);
    return tf.where(tf.reshape(every2nd, a.shape), tf.square(a), tf.exp(b));
  }),
};

test.for(Object.entries(GRADIENTS))('the gradient of %s is what the cpu backend computes', ([, agreement]) =>
  fc.assert(
    sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 8 },
  ),
);
