import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { anyTensor, anyType, call, shapes, tensor } from '../../testing/kernel-cases.js';

const made = <Options>(options: fc.Arbitrary<Options>, run: (options: Options) => tf.Tensor): Agreement => ({
  calls: call(fc.record({ inputs: fc.constant([]), options }), run),
});

const like = (op: (x: tf.Tensor) => tf.Tensor): Agreement => ({
  calls: call(
    shapes().chain((shape) => fc.record({ inputs: fc.tuple(anyTensor(shape)), options: fc.constant(null) })),
    (_, x) => op(x),
  ),
});

const float = fc.float({ min: -100, max: 100, noNaN: true });

/** Numbers that fit into an int32, and numbers without a whole part. */
const castable = fc.oneof(
  fc.float({ min: -(2 ** 30), max: 2 ** 30, noNaN: true }),
  fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, -0, 0.9, -0.9).map(Math.fround),
);

const VALUES = {
  float32: castable,
  int32: fc.integer({ min: -(2 ** 24), max: 2 ** 24 }),
  bool: fc.integer({ min: 0, max: 1 }),
} as const;

const AGREEMENTS: Record<string, Agreement> = {
  fill: made(
    fc.tuple(shapes(), fc.integer({ min: -9, max: 9 }), fc.constantFrom('float32', 'int32' as const)),
    ([shape, value, type]) => tf.fill(shape, value, type),
  ),
  'fill with a boolean': made(shapes(), (shape) => tf.fill(shape, 1, 'bool')),
  onesLike: like(tf.onesLike),
  zerosLike: like(tf.zerosLike),
  clone: like(tf.clone),
  range: made(
    fc.tuple(float, float, fc.constantFrom(1, 2, 0.25, -1, -3), fc.constantFrom('float32', 'int32' as const)),
    ([start, stop, step, type]) => tf.range(start, stop, step, type),
  ),
  linspace: made(fc.tuple(float, float, fc.integer({ min: 1, max: 40 })), ([start, stop, count]) =>
    tf.linspace(start, stop, count),
  ),
  // For a larger int the cpu backend keeps more digits than float32 has.
  cast: {
    calls: call(
      fc.tuple(shapes({ maxRank: 3 }), anyType, anyType).chain(([shape, from, to]) =>
        fc.record({
          inputs: fc.tuple(tensor(shape, from, VALUES[from])),
          options: fc.constant(to),
        }),
      ),
      (type, x) => tf.cast(x, type),
    ),
    ulps: 0,
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', ([, agreement]) =>
  fc.assert(
    sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu)),
    { numRuns: 40 },
  ),
);

test('a multinomial draws each event as often as it is probable, and the same for the same seed', async () => {
  await tf.setBackend('onnx');
  const count = 4000;
  const [first, second, other] = [7, 7, 8].map((seed) =>
    tf.multinomial(tf.tensor2d([[0.1, 0.6, 0, 0.3]]), count, seed, true),
  ) as [tf.Tensor, tf.Tensor, tf.Tensor];
  const drawn = await first.data();
  expect(await second.data()).toEqual(drawn);
  expect(await other.data()).not.toEqual(drawn);
  const shares = [0, 1, 2, 3].map((event) => drawn.filter((number) => number === event).length / count);
  [0.1, 0.6, 0, 0.3].forEach((share, event) => expect(shares[event]).toBeCloseTo(share, 1));
  tf.dispose([first, second, other]);
});
