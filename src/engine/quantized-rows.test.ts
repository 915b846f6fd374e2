import fc from 'fast-check';
import { expect, it } from 'vitest';
import { QuantizedMatrices, quantizeRows } from './quantized-rows.js';

const WIDTH = 12;
const numbers = (length: number): fc.Arbitrary<Float32Array> =>
  fc.float32Array({
    noNaN: true,
    noDefaultInfinity: true,
    min: -1e6,
    max: 1e6,
    minLength: length,
    maxLength: length,
  });

const dot = (a: ArrayLike<number>, b: ArrayLike<number>, round = (x: number): number => x): number => {
  let sum = 0;
  for (let at = 0; at < a.length; at++) sum = round(sum + round((a[at] as number) * (b[at] as number)));
  return sum;
};
const norm = (x: ArrayLike<number>): number => Math.sqrt(dot(x, x));

it('bounds how far products with codes are from products in float32', () => {
  fc.assert(
    fc.property(numbers(WIDTH * 3), numbers(WIDTH), (matrix, x) => {
      const { codes, scales, errors, norms } = quantizeRows(matrix, WIDTH);
      for (let row = 0; row < 3; row++) {
        const code = codes.subarray(row * WIDTH, (row + 1) * WIDTH);
        expect(Math.max(...code.map(Math.abs))).toBeLessThanOrEqual(63);
        const scale = scales[row] as number;
        const float32 = dot(x, matrix.subarray(row * WIDTH, (row + 1) * WIDTH), Math.fround);
        const ofCodes = dot(x, code) * scale;
        expect(Math.abs(float32 - ofCodes)).toBeLessThanOrEqual((errors[row] as number) * scale * norm(x));
        expect(norms[row]).toBeCloseTo(norm(code), 3);
      }
    }),
  );
});

it('a code never stands for more than half a step from its value', () => {
  const matrix = Float32Array.of(1, -0.4, 0.26, 0);
  const { codes, scales } = quantizeRows(matrix, 4);
  expect(Array.from(codes)).toEqual([63, -25, 16, 0]);
  expect(scales[0]).toBeCloseTo(1 / 63, 8);
});

it('zeros have exact codes, and rows that are not finite have no bound', () => {
  const { codes, scales, errors } = quantizeRows(Float32Array.of(0, 0, Number.NaN, 1, Infinity, 1), 2);
  expect([codes[0], codes[1], errors[0]]).toEqual([0, 0, 0]);
  expect(scales[0]).toBeGreaterThan(0);
  expect([errors[1], errors[2]].map((error) => Number.isFinite(error))).toEqual([false, false]);
});

it('quantizes a matrix once', () => {
  const matrices = new QuantizedMatrices();
  const matrix = Float32Array.of(1, 2);
  expect(matrices.of(matrix, 2)).toBe(matrices.of(matrix, 2));
  expect(matrices.of(matrix.slice(), 2)).not.toBe(matrices.of(matrix, 2));
});
