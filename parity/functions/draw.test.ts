import { describe, expect, it } from 'vitest';
import { fc } from '../fast-check.js';
import { inputsArbitrary } from './draw.js';
import { integer, list, matrix, record, sameAs, sizeOf, tensor, text, vector } from './input-spec.js';
import { FUNCTION_STRATA, NON_FINITE } from './strata.js';
import { type CaseInputs, leavesOfInputs, tensorsOf } from './values.js';

const RUNS = { numRuns: 40, seed: 5 };
const drawn = (inputs: Parameters<typeof inputsArbitrary>[0], dims = {}, id = 'ordinary'): CaseInputs[] => {
  const stratum = [...FUNCTION_STRATA, NON_FINITE].find((one) => one.id === id) ?? NON_FINITE;
  return fc.sample(inputsArbitrary(inputs, dims, stratum), RUNS);
};
const numbersOf = (inputs: CaseInputs, path: string): number[] =>
  Array.from(tensorsOf(inputs).get(path)?.data ?? [], Number);
const rowsOf = (inputs: CaseInputs, path: string): number[][] => {
  const numbers = numbersOf(inputs, path);
  const width = tensorsOf(inputs).get(path)?.shape.at(-1) ?? 1;
  return Array.from({ length: numbers.length / width }, (_, row) =>
    numbers.slice(row * width, (row + 1) * width),
  );
};

describe('inputs', () => {
  it('have sizes that depend on each other', () => {
    const inputs = {
      a: tensor({ shape: ['n', [1, 5]] }),
      b: tensor({ shape: [sizeOf('a', 1), 'n'] }),
      c: sameAs('a'),
    };
    for (const one of drawn(inputs, { n: [2, 6] })) {
      const [a, b, c] = ['a', 'b', 'c'].map((name) => tensorsOf(one).get(name)?.shape);
      expect(b).toEqual(a?.toReversed());
      expect(c).toEqual(a);
    }
  });

  it('have the structure that is asked for', () => {
    const shape = { rows: [1, 4], columns: [2, 8] } as const;
    const inputs = {
      hot: matrix({ ...shape, structure: 'one-hot' }),
      sorted: matrix({ ...shape, structure: 'sorted' }),
      shares: matrix({ ...shape, structure: 'probabilities' }),
      sparse: matrix({ ...shape, active: [1, 2] }),
      symmetric: tensor({ shape: ['n', 'n'], structure: 'symmetric' }),
    };
    for (const one of drawn(inputs, { n: [2, 5] })) {
      for (const row of rowsOf(one, 'hot')) expect(row.toSorted((a, b) => a - b).slice(-2)).toEqual([0, 1]);
      for (const row of rowsOf(one, 'sorted')) expect(row).toEqual(row.toSorted((a, b) => a - b));
      for (const row of rowsOf(one, 'shares')) expect(row.reduce((a, b) => a + b)).toBeCloseTo(1, 6);
      for (const row of rowsOf(one, 'sparse')) expect([1, 2]).toContain(row.filter((x) => x !== 0).length);
      const rows = rowsOf(one, 'symmetric');
      expect(rows).toEqual(rows.map((_, j) => rows.map((row) => row[j])));
    }
  });

  it('have the dtype and the range that are asked for', () => {
    const inputs = {
      f: vector({ length: 9, min: 0.25, max: 0.5 }),
      i: vector({ length: 9, dtype: 'int64', min: -3, max: 3 }),
      b: vector({ length: 9, dtype: 'bool' }),
    };
    for (const one of [...drawn(inputs), ...drawn(inputs, {}, 'bounds')]) {
      expect(tensorsOf(one).get('f')?.data).toBeInstanceOf(Float32Array);
      expect(numbersOf(one, 'f').every((x) => x >= 0.25 && x <= 0.5)).toBe(true);
      expect(tensorsOf(one).get('i')?.data).toBeInstanceOf(BigInt64Array);
      expect(numbersOf(one, 'i').every((x) => Math.abs(x) <= 3)).toBe(true);
      expect(numbersOf(one, 'b').every((x) => x === 0 || x === 1)).toBe(true);
    }
  });

  it('are nested as they are described', () => {
    const inputs = {
      options: record({ names: list(text(), { length: [1, 3] }), k: integer({ min: 1, max: 5 }) }),
    };
    for (const one of drawn(inputs)) {
      const leaves = new Map(leavesOfInputs(one));
      expect(leaves.get('options.k')).toMatchObject({ kind: 'number', integer: true });
      expect(typeof (leaves.get('options.names.0') as { value: unknown }).value).toBe('string');
    }
  });

  it.each([
    ['zeros', (row: number[]) => row.includes(0)],
    ['ties', (row: number[]) => new Set(row).size <= 3],
    ['kinks', (row: number[]) => row.some((x) => Math.abs(x - 1) < 2e-7)],
    ['tiny', (row: number[]) => row.every((x) => Math.abs(x) < 1e-11)],
    ['non-finite', (row: number[]) => row.some((x) => !Number.isFinite(x))],
  ])('of the stratum %s are what it says', (id, holds) => {
    const inputs = { x: vector({ length: 24, kinks: [1] }) };
    for (const one of drawn(inputs, {}, id)) expect(numbersOf(one, 'x')).toSatisfy(holds);
  });

  it('of equal inputs share numbers, and at a kink both neighbours appear', () => {
    const inputs = { a: vector({ length: 30, kinks: [1] }), b: sameAs('a') };
    for (const one of drawn(inputs, {}, 'equal-inputs')) {
      const [a, b] = [numbersOf(one, 'a'), numbersOf(one, 'b')];
      expect(b.some((value, index) => value === a[index])).toBe(true);
    }
    const seen = new Set(drawn(inputs, {}, 'kinks').flatMap((one) => numbersOf(one, 'a')));
    for (const value of [1, 1 + 2 ** -23, 1 - 2 ** -23]) {
      expect(seen.has(value) || seen.has(Math.fround(value))).toBe(true);
    }
  });
});
