import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../src/errors.js';
import { storeCase } from './case-file.js';
import type { ParityCase } from './case.js';
import { combineLegs } from './compare.js';
import { planCell, readPath, stratumSource } from './plan.js';
import { cellName, selectCells, suiteCells } from './suite.js';

const SEED = 5;
const cells = suiteCells();
const nothing = { componentNames: [], tensors: new Map() };
const written = (one: ParityCase | undefined): string =>
  one === undefined
    ? ''
    : JSON.stringify(
        storeCase({
          case: one,
          legs: combineLegs([nothing], nothing, { inputScale: 0, labelScale: 0, condition: 1 }),
        }),
      );

describe('the plan', () => {
  it('has every loss of the table alone and in every wrapper', () => {
    expect(cells.length).toBeGreaterThanOrEqual(64);
    expect(new Set(cells.map(cellName)).size).toBe(cells.length);
  });

  it('makes the same cases of the same seed, others of another, and other data in every cell', () => {
    const [first, second] = cells;
    if (first === undefined || second === undefined) throw new Error('no cells');
    const texts = (seed: number, cell = first): string[] =>
      planCell(cell, 20, seed).map((one) => written(one.case));
    expect(texts(SEED)).toEqual(texts(SEED));
    expect(texts(SEED)).not.toEqual(texts(SEED + 1));
    const data = (cell: typeof first): string => written(planCell(cell, 20, SEED)[0]?.case).slice(-400);
    expect(data(first)).not.toBe(data(second));
  });

  it.each(cells.filter((_, i) => i % 9 === 0).map((cell) => [cellName(cell), cell] as const))(
    'can make every sound case of %s again from its path',
    (_, cell) => {
      const planned = planCell(cell, 30, SEED).filter(({ path }) => !path.includes('bad-input'));
      expect(planned).toHaveLength(30);
      for (const { case: one, path } of planned.filter((_case, i) => i % 5 === 0)) {
        const found = readPath(path, cells);
        const source = stratumSource(found.cell, found.stratum, SEED);
        const [again] = fc.sample(source.arbitrary, { seed: source.seed, path: found.path, numRuns: 1 });
        expect(written(again)).toBe(written(one));
      }
    },
  );

  it('refuses paths that name nothing', () => {
    for (const path of [
      '',
      'SparseTripletLoss',
      'SparseTripletLoss/none/triplet#tiny',
      'SparseTripletLoss/none/triplet#odd:1',
    ]) {
      expect(() => readPath(path, cells)).toThrow(UsageError);
    }
  });

  it('selects by loss, wrapper and format, and says what there is', () => {
    expect(selectCells(['CSRLoss'], []).every(({ wrapper }) => wrapper === 'CSRLoss')).toBe(true);
    expect(selectCells(['SparseTripletLoss'], ['triplet'])).toHaveLength(4);
    expect(() => selectCells(['TripletLoss'], [])).toThrow(
      /no loss "TripletLoss"; there are .*SparseTripletLoss/,
    );
    expect(() => selectCells([], ['triple'])).toThrow(/no format "triple"; there are .*triplet/);
  });
});
