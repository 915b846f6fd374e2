import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyWeight, denseMatrix, sparseOf } from '../testing/sparse/sparse-arbitraries.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { sparseFromDense } from './from-dense.js';
import { sparseFromRows } from './from-rows.js';
import { concatenateRows, selectRows, sliceRows } from './select-rows.js';
import { sparseFromTensor, sparseToTensor } from './tensor.js';
import { sparseToDense } from './to-dense.js';
import { transposeSparse } from './transpose.js';

describe('sparseFromDense', () => {
  it('holds every value that is not 0 once, in a matrix that passes its check', () => {
    fc.assert(
      fc.property(denseMatrix(anyWeight), (dense) => {
        const matrix = sparseOf(dense);
        checkSparseMatrix(matrix);
        expect(sparseToDense(matrix)).toEqual(dense.data.map((value) => value + 0));
      }),
    );
  });

  it('drops -0', () => {
    expect(sparseFromDense(Float32Array.of(-0, 1, 0), 1, 3)).toEqual({
      rows: 1,
      columns: 3,
      indptr: Uint32Array.of(0, 1),
      indices: Uint32Array.of(1),
      values: Float32Array.of(1),
    });
  });

  it('reads a view that begins inside its buffer', () => {
    const view = Float32Array.of(9, 9, 1, 0, 2, 9).subarray(2, 5);
    expect([...sparseFromDense(view, 1, 3).indices]).toEqual([0, 2]);
  });

  it.each([NaN, Infinity, -Infinity])('refuses %s, naming row and column', (value) => {
    const data = new Float32Array(3 * 7);
    data[7 + 5] = value;
    expect(() => sparseFromDense(data, 3, 7)).toThrow(`row 1, column 5: ${value}; expected a finite value`);
  });

  it('refuses an array of another size', () => {
    expect(() => sparseFromDense(new Float32Array(5), 2, 3)).toThrow('5 values for [2, 3]; expected 6');
  });
});

describe('sparseFromRows', () => {
  it('takes entries in any order and drops zeros and what underflows in float32', () => {
    const matrix = sparseFromRows(
      [
        [
          [4, 0.5],
          [1, 0.1],
          [2, 0],
          [3, 1e-60],
        ],
        [],
        new Map([[0, -2]]),
      ],
      5,
    );
    checkSparseMatrix(matrix);
    expect(matrix).toEqual({
      rows: 3,
      columns: 5,
      indptr: Uint32Array.of(0, 2, 2, 3),
      indices: Uint32Array.of(1, 4, 0),
      values: Float32Array.of(0.1, 0.5, -2),
    });
  });

  it.each([
    [[5, 1], 'row 1: index 5; expected a whole number from 0 to 4'],
    [[-1, 1], 'row 1: index -1; expected a whole number from 0 to 4'],
    [[1.5, 1], 'row 1: index 1.5; expected a whole number from 0 to 4'],
    [[0, 1], 'row 1: index 0 occurs twice; expected each index once'],
    [[1, NaN], 'row 1: index 1 has the value NaN; expected one that is finite in float32'],
    [[1, 1e39], 'row 1: index 1 has the value 1e+39; expected one that is finite in float32'],
  ] as const)('refuses the entry %j', (entry, message) => {
    expect(() => sparseFromRows([[], [[0, 1], entry]], 5)).toThrow(message);
  });
});

describe('rows and transposition', () => {
  const pair = fc
    .nat({ max: 8 })
    .chain((columns) => fc.tuple(denseMatrix(anyWeight, { columns }), denseMatrix(anyWeight, { columns })));

  it('concatenates as the dense arrays would', () => {
    fc.assert(
      fc.property(pair, ([a, b]) => {
        const joined = concatenateRows([sparseOf(a), sparseOf(b)]);
        const data = Float32Array.of(...a.data, ...b.data);
        expect(joined).toEqual(sparseFromDense(data, a.rows + b.rows, a.columns));
      }),
    );
  });

  it('can be cut anywhere and joined again', () => {
    fc.assert(
      fc.property(denseMatrix(anyWeight), fc.nat(), (dense, cut) => {
        const matrix = sparseOf(dense);
        const at = cut % (dense.rows + 1);
        const parts = [sliceRows(matrix, 0, at), sliceRows(matrix, at)];
        for (const part of parts) checkSparseMatrix(part);
        expect(concatenateRows(parts)).toEqual(matrix);
      }),
    );
  });

  it('selects rows in any order and more than once', () => {
    const matrix = sparseFromDense(Float32Array.of(1, 0, 0, 2, 3, 4), 3, 2);
    expect(sparseToDense(selectRows(matrix, [2, 0, 2]))).toEqual(Float32Array.of(3, 4, 1, 0, 3, 4));
  });

  it('transposes, and twice gives the matrix itself', () => {
    fc.assert(
      fc.property(denseMatrix(anyWeight), (dense) => {
        const matrix = sparseOf(dense);
        const transposed = transposeSparse(matrix);
        checkSparseMatrix(transposed);
        const values = sparseToDense(transposed);
        for (let row = 0; row < dense.rows; row++) {
          for (let column = 0; column < dense.columns; column++) {
            expect(values[column * dense.rows + row]).toBe(
              (dense.data[row * dense.columns + column] ?? NaN) + 0,
            );
          }
        }
        expect(transposeSparse(transposed)).toEqual(matrix);
      }),
    );
  });

  it('refuses rows that do not exist', () => {
    const matrix = sparseFromDense(new Float32Array(6), 3, 2);
    expect(() => selectRows(matrix, [3])).toThrow('row 3 is not in a matrix of 3 rows; expected 0 to 2');
    expect(() => sliceRows(matrix, 2, 1)).toThrow('rows 2 to 1 of a matrix of 3 rows');
    expect(() => sliceRows(matrix, 0, 4)).toThrow('rows 0 to 4 of a matrix of 3 rows');
    expect(() => concatenateRows([])).toThrow('no matrices');
    expect(() => concatenateRows([matrix, sparseFromDense(new Float32Array(3), 1, 3)])).toThrow(
      'matrix 1 has 3 columns; expected 2',
    );
  });
});

it('goes through a tensor and back', async () => {
  const matrix = sparseFromDense(Float32Array.of(0, 1.5, -2, 0, 0, 0), 2, 3);
  const tensor = sparseToTensor(matrix);
  expect(tensor.arraySync()).toEqual([
    [0, 1.5, -2],
    [0, 0, 0],
  ]);
  expect(await sparseFromTensor(tensor)).toEqual(matrix);
  tensor.dispose();
});

it('arrays of another type and tensors of another shape are refused', async () => {
  const doubles = Float64Array.of(1, 2) as unknown as Float32Array;
  expect(() => sparseFromDense(doubles, 1, 2)).toThrow(
    'an object (Float64Array) as data; expected a Float32Array',
  );
  expect(() => sparseFromDense(Float32Array.of(1, 2), 0.5, 4)).toThrow('0.5 rows; expected a whole number');
  expect(() => sparseFromRows([[]], -1)).toThrow('-1 columns; expected a whole number');
  const tensor = tf.tensor1d([1, 2]);
  await expect(sparseFromTensor(tensor as unknown as tf.Tensor2D)).rejects.toThrow('of shape [2]; expected');
  tensor.dispose();
});
