import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { SparseTripletLoss } from '../src/api/losses.js';
import { setEngine } from '../src/engine/set-engine.js';
import type { ParityCase } from './case.js';
import { combineLegs, compareOutcomes } from './compare.js';
import { conditioningOf } from './conditioning.js';
import { type Implementation, OURS } from './implementation.js';
import { planCell, readPath, stratumSource } from './plan.js';
import { runCase } from './run-case.js';
import { type CellResult, type Judge, runSuite } from './run-suite.js';
import { shrinkFailure } from './shrink.js';
import { selectCells, suiteCells } from './suite.js';

const SEED = 3;

/** Our own loss replaces the reference, since this tests the harness. */
const judge: Judge = (cases) =>
  Promise.all(
    cases.map(async (one) => {
      const outcome = await runCase(one);
      return combineLegs([outcome], outcome, conditioningOf(one, outcome));
    }),
  );

/** Wrong for batches of three or more rows, so a smallest failing case has exactly three. */
class WrongFromThreeRows extends SparseTripletLoss {
  override computeLossFromEmbeddings(
    ...[embeddings]: Parameters<SparseTripletLoss['computeLossFromEmbeddings']>
  ): ReturnType<SparseTripletLoss['computeLossFromEmbeddings']> {
    const right = super.computeLossFromEmbeddings(embeddings);
    return (embeddings[0]?.shape[0] ?? 0) >= 3 ? right.add(1) : right;
  }
}

const wrong: Implementation = { ...OURS, losses: { ...OURS.losses, SparseTripletLoss: WrongFromThreeRows } };
const cells = selectCells(['SparseTripletLoss'], ['triplet']).filter(({ wrapper }) => wrapper === 'none');

beforeAll(() => setEngine('cpu'));

describe('a failure', () => {
  let results: CellResult[];

  beforeAll(async () => {
    results = await runSuite(cells, {
      plan: (cell) => planCell(cell, 30, SEED),
      judge,
      implementation: wrong,
    });
  });

  it('is found in every case that shows it, and in no other', () => {
    const failures = results.flatMap((result) => result.failures);
    expect(failures.length).toBeGreaterThan(3);
    expect(failures.every(({ judged }) => rows(judged.case) >= 3)).toBe(true);
  });

  it('shrinks to the smallest case that still fails, whose path makes it again', async () => {
    const failure = results.flatMap((result) => result.failures).find(({ judged }) => rows(judged.case) > 3);
    if (failure === undefined) throw new Error('no failure with more than three rows');
    const smallest = await shrinkFailure(failure, SEED, suiteCells(), judge, wrong);
    expect(rows(smallest.judged.case)).toBe(3);
    expect(smallest.judged.case.columns[0]?.['sentenceEmbedding']?.shape).toEqual([3, 16]);
    expect(smallest.judged.case.lossOptions).toEqual({});
    expect(smallest.mismatch.kind).toBe('value');

    const { cell, stratum, path } = readPath(smallest.path, suiteCells());
    const source = stratumSource(cell, stratum, SEED);
    const [again] = fc.sample(source.arbitrary, { seed: source.seed, path, numRuns: 1 });
    expect(again).toEqual(smallest.judged.case);
    expect(
      compareOutcomes(await runCase(smallest.judged.case, wrong), smallest.judged.legs).mismatch,
    ).toBeDefined();
  });
});

function rows({ columns }: ParityCase): number {
  return columns[0]?.['sentenceEmbedding']?.shape[0] ?? 0;
}
