import { expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { initialParameters } from './initial-parameters.js';
import type { ParameterSpec } from './parameters.js';

const SPECS: ParameterSpec[] = [
  { name: 'uniform', shape: [100, 100], initial: { kind: 'uniform', bound: 0.25 } },
  { name: 'normal', shape: [10_001], initial: { kind: 'normal', deviation: 0.02 } },
  { name: 'ones', shape: [3], initial: { kind: 'ones' } },
  { name: 'counters', shape: [2], initial: { kind: 'zeros' }, trainable: false, dtype: 'int32' },
];

const numbers = async (seed: number): Promise<number[][]> =>
  await Promise.all(
    initialParameters(SPECS, seed)
      .entries()
      .map(async ([, variable]) => Array.from(await variable.data())),
  );

const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;

test('are of the shape, type and distribution that is asked for', async () => {
  await setEngine('cpu');
  const parameters = initialParameters(SPECS, 1);
  expect(parameters.entries().map(([name]) => name)).toEqual(SPECS.map(({ name }) => name));
  expect(parameters.get('uniform')).toMatchObject({ shape: [100, 100], dtype: 'float32', trainable: true });
  expect(parameters.get('counters')).toMatchObject({ shape: [2], dtype: 'int32', trainable: false });
  const [uniform = [], normal = [], ones, counters] = await numbers(1);
  expect(Math.max(...uniform.map(Math.abs))).toBeLessThan(0.25);
  expect(Math.max(...uniform)).toBeGreaterThan(0.249);
  // The standard deviation of the uniform distribution is bound / sqrt(3); the standard error of the mean is a
  // hundredth of it.
  expect(Math.abs(mean(uniform))).toBeLessThan(0.006);
  expect(mean(uniform.map((value) => value ** 2))).toBeCloseTo(0.25 ** 2 / 3, 3);
  expect(Math.abs(mean(normal))).toBeLessThan(0.001);
  expect(Math.sqrt(mean(normal.map((value) => value ** 2)))).toBeCloseTo(0.02, 3);
  expect(Math.max(...normal)).toBeGreaterThan(0.06);
  expect([ones, counters]).toEqual([
    [1, 1, 1],
    [0, 0],
  ]);
});

test('are the same for the same seed on every engine, and others for another', async () => {
  await setEngine('onnx');
  const onnx = await numbers(7);
  await setEngine('cpu');
  expect(await numbers(7)).toEqual(onnx);
  expect((await numbers(8))[0]).not.toEqual(onnx[0]);
});
