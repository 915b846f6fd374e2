import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { OUTPUTS } from '../encoder/exported/onnx-names.js';
import { loadOrt } from '../engine/runtime/ort.js';
import { encodeModel } from '../onnx/encode.js';
import type { OnnxGraph } from '../onnx/model.js';
import { sparseFromDense } from '../sparse/from-dense.js';
import { keepMaxActiveDims } from '../sparse/max-active-dims.js';
import { modelOf } from '../testing/onnx-models.js';
import { withMaxActiveDims, withSparseOutputs } from './sparse-outputs.js';

type Rows = readonly (readonly number[])[];

interface Entries {
  readonly indices: number[];
  readonly values: number[];
  readonly offsets: number[];
}

const WIDTH = 6;

/** The input consists of embeddings. */
const identity: OnnxGraph = modelOf([], {
  nodes: [{ op: 'Identity', inputs: ['x'], outputs: [OUTPUTS.dense], attributes: {} }],
  inputs: [{ name: 'x', type: 'float32', dims: ['batch_size', WIDTH] }],
  outputs: [{ name: OUTPUTS.dense, type: 'float32', dims: ['batch_size', WIDTH] }],
}).graph;

/** Runs a graph on matrices. */
async function running<T>(
  graph: OnnxGraph,
  use: (run: (rows: Rows) => Promise<Record<string, number[]>>) => Promise<T>,
): Promise<T> {
  const { InferenceSession, Tensor } = await loadOrt();
  const bytes = encodeModel({ ...modelOf([]), graph });
  const session = await InferenceSession.create(bytes);
  try {
    return await use(async (rows) => {
      const x = new Tensor('float32', Float32Array.from(rows.flat()), [rows.length, WIDTH]);
      const outputs = await session.run({ x });
      return Object.fromEntries(
        Object.entries(outputs).map(([name, { data }]) => [
          name,
          Array.from(data as Iterable<number>, Number),
        ]),
      );
    });
  } finally {
    await session.release();
  }
}

/** The entries of the same matrix, computed by this package. */
function entriesOf(rows: Rows, maxActiveDims?: number): Entries {
  const all = sparseFromDense(Float32Array.from(rows.flat()), rows.length, WIDTH);
  const { indices, values, indptr } =
    maxActiveDims === undefined ? all : keepMaxActiveDims(all, maxActiveDims);
  return { indices: [...indices], values: [...values], offsets: [...indptr] };
}

/** Few different values, so that many are 0 and many are equal. */
const value = fc.oneof(
  fc.constantFrom(0, -0, 1, -1, 2, -2, 2 ** -140),
  fc.float({ noNaN: true, noDefaultInfinity: true }),
);
const anyRows = fc.array(fc.array(value, { minLength: WIDTH, maxLength: WIDTH }), {
  minLength: 1,
  maxLength: 5,
});

describe('withSparseOutputs', () => {
  const sparse = withSparseOutputs(identity);

  it('gives the entries that are not 0, by rows with ascending indices', async () => {
    await running(sparse, async (run) => {
      const rows = [
        [0, 3, 0, -2, 0, 1],
        [0, 0, 0, 0, 0, 0],
        [-0, 0, 0, 0, 0, 5],
      ];
      expect(await run(rows)).toEqual({
        indices: [1, 3, 5, 5],
        values: [3, -2, 1, 5],
        offsets: [0, 3, 3, 4],
      });
    });
  });

  it('gives no entries of embeddings without active dimensions', async () => {
    await running(sparse, async (run) => {
      expect(await run([[0, 0, 0, 0, 0, 0]])).toEqual({ indices: [], values: [], offsets: [0, 0] });
    });
  });

  it('gives what sparseFromDense does of any matrix', async () => {
    await running(sparse, async (run) => {
      await fc.assert(
        fc.asyncProperty(anyRows, async (rows) => {
          expect(await run(rows)).toEqual(entriesOf(rows));
        }),
      );
    });
  });

  it('declares what it gives, in the place of the embeddings', () => {
    expect(sparse.outputs).toEqual([
      { name: 'indices', type: 'int64', dims: ['entries'] },
      { name: 'values', type: 'float32', dims: ['entries'] },
      { name: 'offsets', type: 'int64', dims: ['batch_size + 1'] },
    ]);
    expect(sparse.inputs).toEqual(identity.inputs);
  });
});

describe('withMaxActiveDims', () => {
  it('keeps the largest values by absolute value, of equal ones the first', async () => {
    await running(withMaxActiveDims(identity, 2, WIDTH), async (run) => {
      const rows = [
        [1, -3, 2, 3, 0, 0],
        [1, 1, 1, 1, 1, 1],
        [0, -1, 0, 1, 2, 0],
        [0, 0, 4, 0, 0, 0],
      ];
      expect(await run(rows)).toEqual({
        sentence_embedding: [
          [0, -3, 0, 3, 0, 0],
          [1, 1, 0, 0, 0, 0],
          [0, -1, 0, 0, 2, 0],
          [0, 0, 4, 0, 0, 0],
        ].flat(),
      });
    });
  });

  it.each([1, 3, 5])('gives what keepMaxActiveDims does of any matrix: %i', async (count) => {
    await running(withSparseOutputs(withMaxActiveDims(identity, count, WIDTH)), async (run) => {
      await fc.assert(
        fc.asyncProperty(anyRows, async (rows) => {
          expect(await run(rows)).toEqual(entriesOf(rows, count));
        }),
      );
    });
  });

  it.each([WIDTH, WIDTH + 1])('changes nothing where %i of 6 may be active', (count) => {
    expect(withMaxActiveDims(identity, count, WIDTH)).toBe(identity);
  });
});
