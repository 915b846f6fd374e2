import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../errors.js';
import * as dense from '../similarity.js';
import { anyWeight, denseMatrix, sparseOf, type DenseMatrix } from '../testing/sparse/sparse-arbitraries.js';
import { sparseFromRows } from './from-rows.js';
import {
  SPARSE_SIMILARITIES,
  sparsePairwiseSimilarity,
  sparseSimilarity,
  sparseSimilarityRows,
  type SparseSimilarityName,
} from './similarity.js';
import type { SparseMatrix } from './sparse-matrix.js';

const MATRIX_FORMS: Record<SparseSimilarityName, dense.SimilarityFunction> = {
  cosine: dense.cosSim,
  dot: dense.dotScore,
  euclidean: dense.euclideanSim,
  manhattan: dense.manhattanSim,
};
const PAIRWISE_FORMS: Record<SparseSimilarityName, dense.PairwiseSimilarityFunction> = {
  cosine: dense.pairwiseCosSim,
  dot: dense.pairwiseDotScore,
  euclidean: dense.pairwiseEuclideanSim,
  manhattan: dense.pairwiseManhattanSim,
};

const WIDTH = 9;
// The squares of smaller values are not normal float32 numbers: there the dense functions lose digits that the sparse
// ones keep.
const weight = anyWeight.map((value) => (Math.abs(value) < 1e-15 ? 0 : value));
const matrices = fc
  .tuple(denseMatrix(weight, { columns: WIDTH }), denseMatrix(weight, { columns: WIDTH }))
  .filter(([a, b]) => a.rows > 0 && b.rows > 0);

const tensorOf = ({ data, rows, columns }: DenseMatrix): tf.Tensor2D => tf.tensor2d(data, [rows, columns]);

function largestError(actual: Float32Array, expected: tf.Tensor): number {
  const values = expected.dataSync();
  expect(actual.length).toBe(values.length);
  return actual.reduce((largest, value, i) => Math.max(largest, Math.abs(value - (values[i] ?? NaN))), 0);
}

/** The magnitude of the rounding error: the largest product for dot, the values for distances, 1 for cosines. */
function scaleOf(name: SparseSimilarityName, a: DenseMatrix, b: DenseMatrix): number {
  const largest = Math.max(1e-12, ...a.data.map(Math.abs), ...b.data.map(Math.abs));
  return { cosine: 1, dot: WIDTH * largest ** 2, euclidean: WIDTH * largest, manhattan: WIDTH * largest }[
    name
  ];
}

describe.each(SPARSE_SIMILARITIES)('%s', (name) => {
  it('equals the similarity of the dense tensors, for every pair of rows', () => {
    fc.assert(
      fc.property(matrices, ([a, b]) => {
        tf.tidy(() => {
          const expected = MATRIX_FORMS[name](tensorOf(a), tensorOf(b));
          const error = largestError(sparseSimilarity(name, sparseOf(a), sparseOf(b)), expected);
          expect(error).toBeLessThanOrEqual(2e-6 * scaleOf(name, a, b));
        });
      }),
    );
  });

  it('equals the similarity of the dense tensors, row by row', () => {
    fc.assert(
      fc.property(matrices, ([a, b]) => {
        const rows = Math.min(a.rows, b.rows);
        const [x, y] = [a, b].map(({ data }) => ({
          rows,
          columns: WIDTH,
          data: data.slice(0, rows * WIDTH),
        }));
        if (x === undefined || y === undefined) throw new Error('two matrices make two');
        tf.tidy(() => {
          const expected = PAIRWISE_FORMS[name](tensorOf(x), tensorOf(y));
          const error = largestError(sparsePairwiseSimilarity(name, sparseOf(x), sparseOf(y)), expected);
          expect(error).toBeLessThanOrEqual(2e-6 * scaleOf(name, x, y));
        });
      }),
    );
  });
});

it.each(['euclidean', 'manhattan'] as const)('gives exactly 0 as the %s distance of equal rows', (name) => {
  // Neither the values nor their squares are exact.
  const row = sparseFromRows(
    [
      new Map([
        [1, 0.1],
        [7, 123.4],
      ]),
    ],
    9,
  );
  expect([...sparseSimilarity(name, row, row)]).toEqual([0]);
});

it('leaves the cosine of a zero row 0', () => {
  const rows = sparseFromRows([[], [[0, 1]]], 2);
  expect([...sparseSimilarity('cosine', rows, rows)]).toEqual([0, 0, 0, 1]);
});

it('is exact where float32 sums are not', () => {
  const a = sparseFromRows(
    [
      [
        [0, 1e8],
        [1, 1],
        [2, 1e8],
      ],
    ],
    3,
  );
  const b = sparseFromRows(
    [
      [
        [0, 1],
        [1, 1],
        [2, -1],
      ],
    ],
    3,
  );
  expect([...sparseSimilarity('dot', a, b)]).toEqual([1]);
});

it('refuses different numbers of columns, and of rows for pairs', () => {
  const a = sparseFromRows([[]], 3);
  expect(() => sparseSimilarity('dot', a, sparseFromRows([[]], 4))).toThrow('matrices of 3 and 4 columns');
  expect(() => sparsePairwiseSimilarity('dot', a, sparseFromRows([[], []], 3))).toThrow(
    'matrices of 1 and 2 rows',
  );
});

it.each([sparseSimilarity, sparsePairwiseSimilarity])('refuses an unknown name: %o', (similarity) => {
  const a = sparseFromRows([[]], 3);
  const call = (): unknown => similarity('jaccard' as SparseSimilarityName, a, a);
  expect(call).toThrow(OptionError);
  expect(call).toThrow('there is no similarity "jaccard"; there are cosine, dot, euclidean, manhattan');
});

describe('a dense operand', () => {
  const a = [
    [0, 2, 0.5],
    [1, 0, -1],
  ];
  const b = [
    [3, 0, 4],
    [0, 0, 0],
  ];
  const sparse = (rows: number[][]): SparseMatrix =>
    sparseFromRows(
      rows.map((row) => row.entries()),
      3,
    );

  it.each(SPARSE_SIMILARITIES)('gives the same %s as a sparse one', (name) => {
    const expected = sparseSimilarity(name, sparse(a), sparse(b));
    const pairwise = sparsePairwiseSimilarity(name, sparse(a), sparse(b));
    const typed = b.map((row) => Float32Array.from(row));
    for (const [left, right] of [
      [a, sparse(b)],
      [sparse(a), b],
      [a, typed],
    ] as const) {
      expect(sparseSimilarity(name, left, right)).toEqual(expected);
      expect(sparsePairwiseSimilarity(name, left, right)).toEqual(pairwise);
      expect(sparseSimilarityRows(name, left, right)).toEqual([expected.slice(0, 2), expected.slice(2)]);
    }
  });

  it('without rows is as wide as the other one', () => {
    expect(sparseSimilarityRows('dot', [], sparse(b))).toEqual([]);
    expect(sparseSimilarityRows('dot', a, [])).toEqual([new Float32Array(), new Float32Array()]);
  });

  it('is refused where its rows differ in length or are not finite', () => {
    expect(() => sparseSimilarity('dot', [[1, 2, 3], [1]], sparse(b))).toThrow(
      'row 1 is [1]; expected 3 numbers',
    );
    expect(() => sparseSimilarity('dot', [[1, Number.NaN, 3]], sparse(b))).toThrow('row 0, column 1: NaN');
    expect(() => sparseSimilarity('dot', [[1, 2]], sparse(b))).toThrow('matrices of 2 and 3 columns');
    expect(() => sparseSimilarity('dot', [1, 2, 3] as unknown as number[][], sparse(b))).toThrow(
      'row 0 is 1',
    );
  });
});

it.each([null, undefined, 3])('%s is refused instead of embeddings', (none) => {
  expect(() => sparseSimilarity('dot', none as unknown as SparseMatrix, [[1, 2]])).toThrow(
    new InputError(`embeddings are ${none}; expected a matrix of compressed rows, or rows of numbers`),
  );
});
