import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { anyTensor, anyType, call, type PlainTensor, shapes, tensor } from '../../testing/kernel-cases.js';

/** Numbers at which formulas break: near 0 and 1, where exp overflows and underflows, and the ends of float32. */
const EDGES = [
  0, -0, 1, -1, 1e-8, -1e-8, 6e-39, 1e-30, 0.5, -0.5, 1.5, 2.5, 88.7, 88.8, -87.4, -104, 3.4e38, -3.4e38,
];

const float = fc.oneof(
  { weight: 2, arbitrary: fc.float() },
  { weight: 4, arbitrary: fc.float({ min: -16, max: 16, noNaN: true }) },
  { weight: 2, arbitrary: fc.constantFrom(...EDGES, Number.NaN, Infinity, -Infinity).map(Math.fround) },
);

/** Eighths: their remainders are exact. */
const moderate = fc.integer({ min: -80, max: 80 }).map((number) => number / 8);

const SMALL_INT = fc.integer({ min: -9, max: 9 });

const VALUES = {
  float32: float,
  // abs of tfjs goes through float32.
  int32: fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
  bool: fc.integer({ min: 0, max: 1 }),
} as const;

type Unary = (x: tf.Tensor) => tf.Tensor;

const nothing = fc.constant(null);

// Only a few shapes, since ONNX Runtime takes long to prepare a program and hardly any time to run it.
const UNARY_SHAPES = [[60], [], [0, 3]];

const floats = fc
  .constantFrom(...UNARY_SHAPES)
  .chain((shape) => fc.record({ inputs: fc.tuple(tensor(shape, 'float32', float)), options: nothing }));

const anything = fc
  .tuple(fc.constantFrom(...UNARY_SHAPES), anyType)
  .chain(([shape, type]) =>
    fc.record({ inputs: fc.tuple(tensor(shape, type, VALUES[type])), options: nothing }),
  );

const ofFloats = (op: Unary, ulps: number): Agreement => ({ calls: call(floats, (_, x) => op(x)), ulps });

const ofAnything = (op: Unary): Agreement => ({ calls: call(anything, (_, x) => op(x)), ulps: 0 });

/** Two shapes that broadcast: both derive from one shape, with some sizes 1 and some leading axes left out. */
const broadcasting = shapes({ maxRank: 5 }).chain((shape) => {
  const part = fc
    .tuple(
      fc.array(fc.boolean(), { minLength: shape.length, maxLength: shape.length }),
      fc.nat({ max: shape.length }),
    )
    .map(([ones, from]) => shape.map((dim, axis) => (ones[axis] ? 1 : dim)).slice(from));
  return fc.tuple(part, part);
});

const someBroadcasting: fc.Arbitrary<[number[], number[]]> = fc.constantFrom(
  [[40], [40]],
  [[4, 10], [1]],
  [[], [2, 20]],
  [
    [3, 1, 5],
    [7, 1],
  ],
  [[0], [1]],
);

type OfShape = (shape: number[]) => fc.Arbitrary<PlainTensor>;

const pairs = (of: OfShape, ofShapes = someBroadcasting) =>
  ofShapes.chain(([a, b]) => fc.record({ inputs: fc.tuple(of(a), of(b)), options: nothing }));

const pairsOfOneType = fc
  .tuple(someBroadcasting, anyType)
  .chain(([[a, b], type]) =>
    fc.record({ inputs: fc.tuple(tensor(a, type), tensor(b, type)), options: nothing }),
  );

type Binary = (a: tf.Tensor, b: tf.Tensor) => tf.Tensor;

const binary = (op: Binary, values: OfShape | typeof pairsOfOneType, ulps = 0): Agreement => ({
  calls: call(typeof values === 'function' ? pairs(values) : values, (_, a, b) => op(a, b)),
  ulps,
});

const ofFloat =
  (values = float) =>
  (shape: number[]) =>
    tensor(shape, 'float32', values);
const ofInt =
  (values: fc.Arbitrary<number> = fc.oneof(fc.integer(), fc.integer({ min: -9, max: 9 }))) =>
  (shape: number[]) =>
    tensor(shape, 'int32', values);
const ofBool = (shape: number[]) => tensor(shape, 'bool');

const AGREEMENTS: Record<string, Agreement> = {
  abs: ofAnything(tf.abs),
  neg: ofFloats(tf.neg, 0),
  relu: ofAnything(tf.relu),
  relu6: ofAnything(tf.relu6),
  sign: ofAnything(tf.sign),
  step: ofFloats((x) => tf.step(x), 0),
  'step of a half': ofFloats((x) => tf.step(x, 0.5), 0),
  clipByValue: ofAnything((x) => tf.clipByValue(x, -2, 3)),
  'clipByValue without upper bound': ofAnything((x) => tf.clipByValue(x, 0, Infinity)),
  square: ofFloats(tf.square, 0),
  ceil: ofFloats(tf.ceil, 0),
  floor: ofFloats(tf.floor, 0),
  round: ofAnything(tf.round),
  isFinite: ofAnything(tf.isFinite),
  isInf: ofAnything(tf.isInf),
  isNaN: ofAnything(tf.isNaN),
  logicalNot: { calls: call(floats, (_, x) => tf.logicalNot(tf.greater(x, 0))) },
  exp: ofFloats(tf.exp, 2),
  expm1: ofFloats(tf.expm1, 4),
  log: ofFloats(tf.log, 3),
  log1p: ofFloats(tf.log1p, 4),
  sqrt: ofFloats(tf.sqrt, 1),
  rsqrt: ofFloats(tf.rsqrt, 2),
  reciprocal: ofFloats(tf.reciprocal, 1),
  sigmoid: ofFloats(tf.sigmoid, 3),
  tanh: ofFloats(tf.tanh, 4),
  sin: ofFloats(tf.sin, 2),
  cos: ofFloats(tf.cos, 2),
  tan: ofFloats(tf.tan, 1),
  asin: ofFloats(tf.asin, 4),
  acos: ofFloats(tf.acos, 4),
  atan: ofFloats(tf.atan, 3),
  sinh: ofFloats(tf.sinh, 3),
  cosh: ofFloats(tf.cosh, 3),
  asinh: ofFloats(tf.asinh, 3),
  acosh: ofFloats(tf.acosh, 3),
  atanh: ofFloats(tf.atanh, 3),
  // Below -14 tfjs takes exp(x) instead, which is 8 units in the last place off.
  softplus: ofFloats(tf.softplus, 12),
  // tfjs computes these by polynomials or differences of this precision.
  erf: { calls: call(floats, (_, x) => tf.erf(x)), tolerance: 3e-7 },
  elu: { calls: call(floats, (_, x) => tf.elu(x)), tolerance: 3e-7 },
  selu: { calls: call(floats, (_, x) => tf.selu(x)), tolerance: 6e-7 },
  leakyRelu: ofFloats((x) => tf.leakyRelu(x, 0.1), 1),

  add: binary(tf.add, ofFloat()),
  'add of int32': binary(tf.add, ofInt()),
  sub: binary(tf.sub, ofFloat()),
  'sub of int32': binary(tf.sub, ofInt()),
  mul: binary(tf.mul, ofFloat()),
  'mul of int32': binary(tf.mul, ofInt(SMALL_INT)),
  div: binary(tf.div, ofFloat()),
  'div of int32': binary(tf.div, ofInt()),
  floorDiv: binary(tf.floorDiv, ofFloat(moderate)),
  mod: binary(tf.mod, ofFloat(moderate), 1),
  'mod of int32': binary(tf.mod, ofInt()),
  maximum: binary(tf.maximum, pairsOfOneType),
  minimum: binary(tf.minimum, pairsOfOneType),
  pow: binary(tf.pow, ofFloat(moderate), 3),
  'pow of int32': binary((a, b) => tf.pow(a, tf.relu(b)), ofInt(SMALL_INT.map((n) => n % 5))),
  squaredDifference: binary(tf.squaredDifference, ofFloat(), 3),
  atan2: binary(tf.atan2, ofFloat(), 4),
  prelu: binary((x, alpha) => tf.prelu(x, alpha), ofFloat(), 0),
  bitwiseAnd: binary(
    (a, b) => tf.bitwiseAnd(tf.add(a, tf.zerosLike(b)), tf.add(b, tf.zerosLike(a))),
    ofInt(),
  ),
  equal: binary(tf.equal, pairsOfOneType),
  notEqual: binary(tf.notEqual, pairsOfOneType),
  less: binary(tf.less, pairsOfOneType),
  lessEqual: binary(tf.lessEqual, pairsOfOneType),
  greater: binary(tf.greater, pairsOfOneType),
  greaterEqual: binary(tf.greaterEqual, pairsOfOneType),
  logicalAnd: binary(tf.logicalAnd, ofBool),
  logicalOr: binary(tf.logicalOr, ofBool),
  logicalXor: binary(tf.logicalXor, ofBool),
  'operands of two types': binary(tf.mul, (shape) =>
    anyTensor(shape).map((x) => ({ ...x, values: x.values.map((v) => Math.sign(v)) })),
  ),
  'operands of every shape': {
    calls: call(pairs(ofFloat(), broadcasting), (_, a, b) => tf.add(a, b)),
  },
  // tfjs broadcasts a tensor without elements to one element.
  where: {
    calls: call(
      someBroadcasting
        .filter(([a]) => !a.includes(0))
        .chain(([a, b]) =>
          anyType.chain((type) =>
            fc.record({
              inputs: fc.tuple(tensor(a, 'bool'), tensor(b, type), tensor(b, type)),
              options: fc.constant(null),
            }),
          ),
        ),
      (_, condition, yes, no) => tf.where(condition, yes, no),
    ),
    ulps: 0,
  },
  addN: {
    calls: call(
      shapes({ maxRank: 3 }).chain((shape) =>
        fc.record({
          inputs: fc.array(tensor(shape, 'int32'), { minLength: 1, maxLength: 4 }),
          options: fc.constant(null),
        }),
      ),
      (_, ...all) => tf.addN(all),
    ),
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', ([, agreement]) =>
  fc.assert(
    sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 20 },
  ),
);
