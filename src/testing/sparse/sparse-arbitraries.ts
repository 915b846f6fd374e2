import fc from 'fast-check';
import { sparseFromDense } from '../../sparse/from-dense.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** Multiples of 1/4. float64 holds their products and sums exactly in any order, so scores have exact ties. */
export const exactWeight = fc.integer({ min: -8, max: 8 }).map((quarters) => quarters / 4);

export const anyWeight = fc.oneof(
  { weight: 3, arbitrary: fc.constant(0) },
  {
    weight: 2,
    arbitrary: fc.float({
      noNaN: true,
      noDefaultInfinity: true,
      min: Math.fround(-1e3),
      max: Math.fround(1e3),
    }),
  },
);

export interface DenseMatrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

export function denseMatrix(
  weight: fc.Arbitrary<number>,
  size: { columns?: number; maxRows?: number } = {},
): fc.Arbitrary<DenseMatrix> {
  const columns = size.columns === undefined ? fc.integer({ min: 0, max: 12 }) : fc.constant(size.columns);
  return fc
    .tuple(fc.integer({ min: 0, max: size.maxRows ?? 6 }), columns)
    .chain(([rows, width]) =>
      fc
        .array(weight, { minLength: rows * width, maxLength: rows * width })
        .map((data) => ({ rows, columns: width, data: Float32Array.from(data) })),
    );
}

export function sparseOf({ data, rows, columns }: DenseMatrix): SparseMatrix {
  return sparseFromDense(data, rows, columns);
}
