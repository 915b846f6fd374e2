import { expect, it } from 'vitest';
import type { OnnxTensor } from '../model.js';
import { quantizeMatrix } from './quantized-weights.js';

const matrix: OnnxTensor = {
  type: 'float32',
  dims: [2, 3],
  data: Float32Array.of(1, -2, 0.5, 0.25, 0.125, -0.0625),
};

it('the largest of a row stands for the limit, the others for what is nearest', () => {
  const { codes, scales } = quantizeMatrix(matrix, 'rows', 64);
  expect([...scales]).toEqual([2 / 64, 0.25 / 64]);
  expect([...codes]).toEqual([32, -64, 16, 64, 32, -16]);
});

it('or of a column', () => {
  const { codes, scales } = quantizeMatrix(matrix, 'columns', 127);
  expect([...scales]).toEqual([1, 2, 0.5].map((largest) => Math.fround(largest / 127)));
  expect([...codes]).toEqual([127, -127, 127, 32, 8, -16]);
});

it('a row of zeros has the scale and the codes 0', () => {
  const { codes, scales } = quantizeMatrix(
    { ...matrix, data: Float32Array.of(0, 0, 0, 3, 0, 0) },
    'rows',
    64,
  );
  expect([...scales]).toEqual([0, 3 / 64]);
  expect([...codes]).toEqual([0, 0, 0, 64, 0, 0]);
});

it('no element is further from its code times the scale than half a scale', () => {
  const data = Float32Array.from({ length: 600 }, (_, at) => Math.sin(at * at) * (1 + (at % 7)));
  const { codes, scales } = quantizeMatrix({ type: 'float32', dims: [20, 30], data }, 'rows', 64);
  for (const [at, element] of data.entries()) {
    const scale = scales[Math.trunc(at / 30)] as number;
    expect(Math.abs((codes[at] as number) * scale - element)).toBeLessThanOrEqual(scale * 0.500001);
  }
});
