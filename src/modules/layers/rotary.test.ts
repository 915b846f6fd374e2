import { expect, it } from 'vitest';
import { inverseFrequencies, ntkFrequencies } from './rotary.js';

/** Largest relative difference. */
const error = (found: readonly number[], expected: readonly number[]): number =>
  Math.max(...expected.map((value, i) => Math.abs((found[i] ?? NaN) / value - 1)));

it('fixed NTK scaling divides the lowest frequency by the factor, the first by factor^(2 / width)', () => {
  const found = ntkFrequencies(8, 20_000, 8);
  const formula = [0, 1, 2, 3].map((i) => (20_000 * 8) ** (-i / 4) / 8 ** (1 / 4));
  expect(error(found, formula)).toBeLessThan(1e-6);
  // Computed by PyTorch.
  expect(
    error(found, [0.5946035385131836, 0.0297301784157753, 0.0014865088742226362, 7.43254495318979e-5]),
  ).toBeLessThan(1e-6);
});

it('mixed NTK scaling divides the lowest frequency by the factor, and the others by less', () => {
  const found = ntkFrequencies(8, 10_000, 2.5, 0.625);
  // Computed by PyTorch.
  expect(
    error(found, [0.6802785992622375, 0.05520365387201309, 0.004651001654565334, 0.00039999998989515007]),
  ).toBeLessThan(1e-6);
  const plain = inverseFrequencies(8, 10_000);
  expect((plain[3] ?? NaN) / (found[3] ?? NaN)).toBeCloseTo(2.5, 5);
});
