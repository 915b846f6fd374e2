// @module-tag slow
import { beforeAll, describe, expect, it } from 'vitest';
import { setWarningHandler } from '../../src/index.js';
import { loadGolden } from '../golden.js';
import { OURS } from '../implementation.js';
import { suiteCells } from '../suite.js';
import { casesForSurvivors } from './cases-for-survivors.js';
import { CONTROLS, type Mutant, MUTANTS } from './index.js';
import { type JudgedCase, killRate, type KillReport } from './kill-rate.js';

setWarningHandler(() => undefined);

const golden = loadGolden().cases;
const ids = (results: KillReport['results']): string[] => results.map(({ mutant }) => mutant.id);

describe('the table of wrong variants', () => {
  it('has a variant of every loss and wrapper of the suite', () => {
    const varied = new Set(MUTANTS.map(({ loss }) => loss));
    const suite = new Set(suiteCells().flatMap(({ loss, wrapper }) => [loss, wrapper]));
    // AnglE is CoSENT with pairwiseAngleSim, whose variants stand for it.
    const missing = [...suite].filter(
      (name) => name !== 'none' && name !== 'SparseAnglELoss' && !varied.has(name),
    );
    expect(missing).toEqual([]);
    expect(varied).toContain('pairwiseAngleSim');
  });

  it('names each variant once', () => {
    expect(new Set(MUTANTS.map(({ id }) => id)).size).toBe(MUTANTS.length);
  });
});

describe('the comparison on recorded cases', () => {
  let report: KillReport;

  beforeAll(async () => {
    report = await killRate(golden);
  });

  it('catches every wrong variant but those that are equivalent', () => {
    expect(ids(report.survived)).toEqual([]);
  });

  it('passes the variants that are declared equivalent', () => {
    expect(ids(report.equivalent)).toEqual(MUTANTS.filter((mutant) => mutant.equivalent).map(({ id }) => id));
  });

  it('catches them by what they compute, not by a crash', () => {
    const crashed = report.results.filter(
      ({ killedBy }) => killedBy?.mismatch.kind === 'error' && !killedBy.stratum.startsWith('bad-input'),
    );
    expect(ids(crashed)).toEqual([]);
  });

  it('passes every formula that is restated without a mistake', async () => {
    const { results } = await killRate(golden, { mutants: CONTROLS });
    expect(
      results.filter(({ killedBy }) => killedBy).map(({ mutant, killedBy }) => [mutant.id, killedBy]),
    ).toEqual([]);
  });
});

describe('casesForSurvivors', () => {
  const flops = MUTANTS.filter(({ id }) => id === 'FlopsLoss/sum' || id === 'FlopsLoss/no-square');

  it('finds no case if every variant is caught, and judges none', async () => {
    const judge = (): Promise<never> => Promise.reject(new Error('nothing is to be judged'));
    expect(await casesForSurvivors(golden, [golden], judge, flops)).toEqual([]);
  });

  it('adds cases until a poor collection catches what a rich one catches', async () => {
    const isFlops = (one: (typeof golden)[number]): boolean => one.case.loss === 'FlopsLoss';
    const poor = golden.filter((one) => !isFlops(one) && one.case.wrapper !== 'SpladeLoss');
    const judge = async (cases: readonly unknown[]) =>
      cases.map((wanted) => golden.find((one) => one.case === wanted)?.legs as JudgedCase['legs']);
    const added = await casesForSurvivors(poor, [golden.filter(isFlops)], judge, flops);
    expect((await killRate(poor, { mutants: flops })).killed).toBe(0);
    expect((await killRate(added, { mutants: flops })).killed).toBe(2);
  });
});

describe('killRate', () => {
  const mutant = MUTANTS[0] as Mutant;
  const ownCases = golden.filter((one) => one.case.loss === mutant.loss);

  it('counts a variant as survived that meets no case', async () => {
    const { killed, survived } = await killRate([], { mutants: [mutant] });
    expect({ killed, survived: ids(survived) }).toEqual({ killed: 0, survived: [mutant.id] });
  });

  it('does not count a case that the right loss fails, too', async () => {
    const spoiled = ownCases.map((one) => {
      const tensors = new Map(one.legs.float32.tensors);
      tensors.set('value', { dtype: 'float32', shape: [7], data: new Float32Array(7) });
      return { ...one, legs: { ...one.legs, float32: { ...one.legs.float32, tensors } } };
    });
    expect((await killRate(spoiled, { mutants: [mutant] })).killed).toBe(0);
    expect((await killRate(ownCases, { mutants: [mutant] })).killed).toBe(1);
  });

  it('passes a variant without a mistake', async () => {
    const same: Mutant = { id: 'same', loss: mutant.loss, what: 'nothing is wrong', implementation: OURS };
    expect(ids((await killRate(ownCases, { mutants: [same] })).survived)).toEqual(['same']);
  });

  it('names each variant before it runs', async () => {
    const seen: unknown[] = [];
    await killRate([], { mutants: MUTANTS.slice(0, 2), onMutant: (...progress) => seen.push(progress) });
    expect(seen).toEqual([
      [MUTANTS[0]?.id, 0, 2],
      [MUTANTS[1]?.id, 1, 2],
    ]);
  });
});
