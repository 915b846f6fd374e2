import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Agreement, sameOnBoth } from '../../testing/engines.js';
import {
  anyTensor,
  anyType,
  axisOf,
  call,
  coordinates,
  indices,
  shapes,
  SMALL,
  tensor,
} from '../../testing/kernel-cases.js';

const between = (min: number, max: number) => fc.integer({ min, max });
const nothing = fc.constant(null);

const gathered = shapes({ minRank: 1, maxRank: 4, minDim: 1 }).chain((shape) =>
  axisOf(shape.length).chain((axis) =>
    fc.record({
      inputs: shapes({ maxRank: 3 }).chain((places) =>
        fc.tuple(anyTensor(shape), indices(places, shape.at(axis) as number)),
      ),
      options: fc.constant(axis),
    }),
  ),
);

/** The leading axes of x and of the indices correspond. */
const gatheredInBatches = shapes({ minRank: 2, maxRank: 5 }).chain((shape) =>
  between(1, shape.length - 1).chain((axis) =>
    fc.tuple(between(1, axis), shapes({ maxRank: 2 })).chain(([batchDims, places]) =>
      fc.record({
        inputs: fc.tuple(
          anyTensor(shape),
          indices([...shape.slice(0, batchDims), ...places], shape[axis] as number),
        ),
        options: fc.constant({ axis, batchDims }),
      }),
    ),
  ),
);

/** A tensor, rows of coordinates in its leading axes, and a slice for each row. */
const placed = fc
  .tuple(shapes({ minRank: 1, maxRank: 4, minDim: 1 }), shapes({ minRank: 1, maxRank: 2 }), anyType)
  .chain(([shape, rows, type]) =>
    between(1, shape.length).chain((depth) =>
      fc.record({
        inputs: fc.tuple(
          tensor(shape, type),
          coordinates(rows, shape.slice(0, depth)),
          tensor([...rows, ...shape.slice(depth)], type, type === 'bool' ? between(0, 1) : SMALL),
        ),
        options: fc.constant(shape),
      }),
    ),
  );

/** The cpu backend adds true and true to 2. */
const summable = placed.filter(({ inputs: [{ type }] }) => type !== 'bool');

const sortedRows = fc
  .tuple(between(1, 3), between(1, 9), between(0, 5), fc.constantFrom('float32', 'int32'))
  .chain(([rows, length, count, type]) =>
    fc.record({
      inputs: fc.tuple(
        fc
          .array(fc.array(SMALL, { minLength: length, maxLength: length }), {
            minLength: rows,
            maxLength: rows,
          })
          .map((all) => ({
            type,
            shape: [rows, length],
            values: all.flatMap((row) => row.toSorted((a, b) => a - b)),
          })),
        tensor([rows, count], type, SMALL),
      ),
      options: fc.constantFrom<'left' | 'right'>('left', 'right'),
    }),
  );

const normalized = shapes({ minRank: 2, maxRank: 4 }).chain((shape) => {
  const small = fc.double({ min: -3, max: 3, noNaN: true }).map(Math.fround);
  const channels = fc
    .constantFrom(shape, shape.slice(-1))
    .chain((of) =>
      fc.tuple(
        tensor(shape, 'float32', small),
        tensor(of, 'float32', small),
        tensor(of, 'float32', small.map(Math.abs)),
        tensor(of, 'float32', small),
        tensor(of, 'float32', small),
      ),
    );
  return fc.record({ inputs: channels, options: nothing });
});

const neighbours = shapes({ minRank: 4, maxRank: 4 }).chain((shape) =>
  fc.record({
    inputs: fc.tuple(tensor(shape, 'float32', SMALL)),
    options: fc.tuple(
      between(0, 5),
      fc.constantFrom(1, 2),
      fc.constantFrom(1, 0.5),
      fc.constantFrom(0.5, 0.75),
    ),
  }),
);

const AGREEMENTS: Record<string, Agreement> = {
  gather: { calls: call(gathered, (axis, x, places) => tf.gather(x, places, axis)) },
  'gather of an embedding table': {
    calls: call(
      gathered
        .map(({ inputs }) => ({ inputs, options: null }))
        .filter(({ inputs: [x, places] }) => places.values.every((place) => place < (x.shape[0] as number))),
      (_, x, places) => tf.gather(x, places),
    ),
    gradient: true,
  },
  'gather in batches': {
    calls: call(gatheredInBatches, ({ axis, batchDims }, x, places) =>
      tf.gather(x, places as tf.Tensor1D, axis, batchDims),
    ),
  },
  gatherND: { calls: call(placed, (_, x, rows) => tf.gatherND(x, rows)) },
  scatterND: { calls: call(summable, (shape, _, rows, updates) => tf.scatterND(rows, updates, shape)) },
  tensorScatterUpdate: {
    calls: call(placed, (_, x, rows, updates) => tf.tensorScatterUpdate(x, rows, updates)),
  },
  sparseToDense: {
    calls: call(
      fc
        .tuple(shapes({ minRank: 1, maxRank: 4, minDim: 1 }), between(0, 5), anyType)
        .chain(([shape, count, type]) =>
          fc.record({
            inputs: fc.tuple(
              coordinates([count], shape),
              fc.boolean().chain((same) => tensor(same ? [] : [count], type)),
              tensor([], type),
            ),
            options: fc.constant(shape),
          }),
        ),
      (shape, rows, values, rest) => tf.sparseToDense(rows, values, shape, rest as tf.Scalar),
    ),
  },
  unsortedSegmentSum: {
    calls: call(
      fc
        .tuple(
          shapes({ minRank: 1, maxRank: 3 }),
          fc.constantFrom<'float32' | 'int32'>('float32', 'int32'),
          between(1, 5),
        )
        .chain(([shape, type, segments]) =>
          fc.record({
            inputs: fc.tuple(
              tensor(shape, type, SMALL),
              tensor(shape.slice(0, 1), 'int32', between(-2, segments + 1)),
            ),
            options: fc.constant(segments),
          }),
        ),
      (segments, x, ids) => tf.unsortedSegmentSum(x, ids as tf.Tensor1D, segments),
    ),
  },
  oneHot: {
    calls: call(
      fc.record({
        inputs: shapes({ maxRank: 3 }).chain((shape) => fc.tuple(tensor(shape, 'int32', between(-2, 6)))),
        options: fc.tuple(between(2, 5), fc.constantFrom(1, 0), anyType),
      }),
      ([depth, on, type], x) => tf.oneHot(x, depth, on, 1 - on, type),
    ),
  },
  searchSorted: { calls: call(sortedRows, (side, sorted, values) => tf.searchSorted(sorted, values, side)) },
  batchNorm: {
    calls: call(normalized, (_, x, mean, variance, offset, scale) =>
      tf.batchNorm(
        x,
        mean as tf.Tensor1D,
        variance as tf.Tensor1D,
        offset as tf.Tensor1D,
        scale as tf.Tensor1D,
        0.1,
      ),
    ),
    gradient: true,
    tolerance: 1e-5,
  },
  localResponseNormalization: {
    calls: call(neighbours, ([radius, bias, alpha, beta], x) =>
      tf.localResponseNormalization(x as tf.Tensor4D, radius, bias, alpha, beta),
    ),
    gradient: true,
    tolerance: 1e-5,
  },
};

test.for(Object.entries(AGREEMENTS))('%s is what the cpu backend computes', async ([, agreement]) => {
  const property = sameOnBoth(agreement, (onnx, cpu) => expect(onnx).toEqual(cpu));
  await fc.assert(property, { numRuns: 25 });
});
