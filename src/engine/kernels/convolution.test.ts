import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import { call, SMALL, tensor } from '../../testing/kernel-cases.js';
import { sizeOf } from '../graph.js';

const between = (min: number, max: number) => fc.integer({ min, max });

/** [batch, height, width] of images, with windows that fit into them. */
const geometry = fc
  .record({
    batch: between(1, 2),
    image: fc.tuple(between(3, 6), between(3, 6)),
    channels: between(1, 3),
    size: fc.tuple(between(1, 3), between(1, 3)),
    strides: fc.tuple(between(1, 3), between(1, 3)),
    pad: fc.constantFrom<'same' | 'valid' | number>('same', 'valid', 0, 1),
  })
  .map((given) => ({ ...given, shape: [given.batch, ...given.image, given.channels] }));

/** An image and a filter whose last axis is `outputs`. */
const filtered = fc.tuple(geometry, between(1, 3)).chain(([options, outputs]) =>
  fc.record({
    inputs: fc.tuple(
      tensor(options.shape, 'float32', SMALL),
      tensor([...options.size, options.channels, outputs], 'float32', SMALL),
    ),
    options: fc.constant(options),
  }),
);

const pooled = geometry.chain((options) =>
  fc.record({
    inputs: fc.tuple(tensor(options.shape, 'float32', SMALL)),
    options: fc.constant(options),
  }),
);

/** The same with a third axis before the others, and no two equal elements. */
const pooledDeep = fc.tuple(geometry, between(1, 3)).chain(([options, depth]) => {
  const shape = options.shape.toSpliced(1, 0, depth);
  const numbers = [...Array(sizeOf(shape)).keys()];
  const values = fc.shuffledSubarray(numbers, { minLength: numbers.length });
  return fc.record({
    inputs: fc.tuple(values.map((shuffled) => ({ type: 'float32' as const, shape, values: shuffled }))),
    options: fc.constant({
      // For windows that are not square, the cpu backend's gradient goes to a wrong element.
      size: [1, options.size[0], options.size[0]] as [number, number, number],
      strides: [1, ...options.strides] as [number, number, number],
      pad: options.pad,
    }),
  });
});

const AGREEMENTS: Record<string, Agreement> = {
  conv2d: {
    calls: call(filtered, ({ strides, pad }, x, filter) =>
      tf.conv2d(x as tf.Tensor4D, filter as tf.Tensor4D, strides, pad),
    ),
    gradient: true,
    tolerance: 1e-6,
  },
  'conv2d of channels first': {
    calls: call(filtered, ({ strides, pad }, x, filter) =>
      tf.conv2d(tf.transpose(x, [0, 3, 1, 2]) as tf.Tensor4D, filter as tf.Tensor4D, strides, pad, 'NCHW'),
    ),
    tolerance: 1e-6,
  },
  depthwiseConv2d: {
    calls: call(filtered, ({ strides: [stride], pad }, x, filter) =>
      tf.depthwiseConv2d(x as tf.Tensor4D, filter as tf.Tensor4D, stride, pad),
    ),
    gradient: true,
    tolerance: 1e-6,
  },
  conv3d: {
    calls: call(
      fc.tuple(filtered, between(1, 3)).chain(
        ([
          {
            inputs: [x, filter],
            options,
          },
          depth,
        ]) =>
          fc.record({
            inputs: fc.tuple(
              tensor(x.shape.toSpliced(1, 0, depth), 'float32', SMALL),
              tensor([1, ...filter.shape], 'float32', SMALL),
            ),
            options: fc.constant({
              strides: options.strides,
              pad: options.pad === 'same' ? 'same' : 'valid',
            } as const),
          }),
      ),
      ({ strides, pad }, x, filter) =>
        tf.conv3d(x as tf.Tensor5D, filter as tf.Tensor5D, [1, ...strides], pad),
    ),
    gradient: true,
    tolerance: 1e-6,
  },
  maxPool: {
    calls: call(pooled, ({ size, strides, pad }, x) => tf.maxPool(x as tf.Tensor4D, size, strides, pad)),
    gradient: true,
  },
  avgPool: {
    calls: call(pooled, ({ size, strides, pad }, x) => tf.avgPool(x as tf.Tensor4D, size, strides, pad)),
    gradient: true,
    tolerance: 1e-6,
  },
  maxPoolWithArgmax: {
    calls: call(
      pooled.filter(({ options: { pad } }) => typeof pad !== 'number'),
      ({ size, strides, pad, batch }, x) => {
        const { result, indexes } = tf.maxPoolWithArgmax(x as tf.Tensor4D, size, strides, pad, batch === 1);
        return [result as tf.Tensor, indexes as tf.Tensor];
      },
    ),
  },
  maxPool3d: {
    calls: call(pooledDeep, ({ size, strides, pad }, x) =>
      tf.maxPool3d(x as tf.Tensor5D, size, strides, pad),
    ),
    gradient: true,
  },
  avgPool3d: {
    calls: call(pooledDeep, ({ size, strides, pad }, x) =>
      tf.avgPool3d(x as tf.Tensor5D, size, strides, pad),
    ),
    gradient: true,
    tolerance: 1e-6,
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', async ([, agreement]) => {
  const property = sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu));
  await fc.assert(property, { numRuns: 20 });
});
