import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { OnnxBackend } from './backend.js';
import { onnxBackend } from './compile/record.js';
import type { Value } from './graph.js';
import { cast } from './ops/elementwise.js';
import { setEngine } from './set-engine.js';
import { codesInEachRun } from './term-codes.js';

const WIDTH = 12;
const ROWS = 3;

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('cpu'));

interface Found {
  readonly codes: number[];
  readonly scales: number[];
  readonly norms: number[];
  readonly errors: number[];
}

async function codesOf(matrix: readonly number[]): Promise<Found> {
  const backend = onnxBackend() as OnnxBackend;
  const tensor = tf.tensor2d([...matrix], [matrix.length / WIDTH, WIDTH]);
  const { codes, scales, norms, errors } = codesInEachRun(backend.valueFor(tensor));
  const numbers = async (value: Value): Promise<number[]> => {
    await backend.compute(value);
    return value.source.kind === 'data' ? Array.from(value.source.elements as Float32Array) : [];
  };
  const [a = [], b = [], c = [], d = []] = await Promise.all(
    [cast(codes, 'float32'), scales, norms, errors].map(numbers),
  );
  tensor.dispose();
  return { codes: a, scales: b, norms: c, errors: d };
}

const numbers = (length: number): fc.Arbitrary<number[]> =>
  fc
    .array(
      fc.oneof(
        { weight: 9, arbitrary: fc.double({ noNaN: true, min: -1, max: 1 }) },
        fc.constantFrom(0, 40, -1e6, 1e-20, 0.5 / 63),
      ),
      { minLength: length, maxLength: length },
    )
    .map((list) => list.map(Math.fround));

const norm = (x: readonly number[]): number => Math.sqrt(x.reduce((sum, each) => sum + each * each, 0));
const rowOf = (x: readonly number[], row: number): number[] => x.slice(row * WIDTH, (row + 1) * WIDTH);

it('codes of a run are bounded like codes that are made once', async () => {
  await expect(
    fc.assert(
      fc.asyncProperty(numbers(ROWS * WIDTH), async (matrix) => {
        const found = await codesOf(matrix);
        for (let row = 0; row < ROWS; row++) {
          const [codes, weights] = [rowOf(found.codes, row), rowOf(matrix, row)];
          const [scale = 0, size = 0, error = 0] = [found.scales[row], found.norms[row], found.errors[row]];
          expect(Math.max(...codes.map(Math.abs))).toBeLessThanOrEqual(63);
          const difference = norm(weights.map((weight, at) => weight - (codes[at] as number) * scale));
          expect(difference).toBeLessThanOrEqual(error * scale);
          expect(norm(codes)).toBeLessThanOrEqual(size);
          // No looser than half a unit for each element.
          expect(error).toBeLessThan(0.52 * Math.sqrt(WIDTH));
          expect(size).toBeLessThan(norm(codes) + 1.1 * Math.sqrt(WIDTH));
        }
      }),
      { numRuns: 60 },
    ),
  ).resolves.toBeUndefined();
});

it('rows that are not finite have no bound', async () => {
  const row = Array<number>(WIDTH).fill(0.5);
  const { norms } = await codesOf([...row.with(3, Number.NaN), ...row.with(4, Infinity), ...row]);
  expect(norms.map(Number.isFinite)).toEqual([false, false, true]);
});
