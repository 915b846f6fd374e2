import type { JudgedCase } from '../case-file.js';
import type { ParityCase } from '../case.js';
import type { ReferenceLegs } from '../compare.js';
import { type Mutant, MUTANTS } from './index.js';
import { concerns, killRate } from './kill-rate.js';

type Judge = (cases: readonly ParityCase[]) => Promise<readonly ReferenceLegs[]>;

/**
 * Finds cases for mutants that a collection does not catch. With them the collection tests every mutant.
 *
 * @param more further cases, batch by batch (for example a cell each); only cases that concern a survivor are judged
 */
export async function casesForSurvivors<T extends { readonly case: ParityCase }>(
  judged: readonly JudgedCase[],
  more: Iterable<readonly T[]>,
  judge: Judge,
  mutants: readonly Mutant[] = MUTANTS,
): Promise<(T & JudgedCase)[]> {
  const found = new Set<T & JudgedCase>();
  let survivors = (await killRate(judged, { mutants })).survived.map(({ mutant }) => mutant);
  for (const batch of more) {
    const met = batch.filter((one) => survivors.some((mutant) => concerns(mutant, one.case)));
    if (met.length === 0) continue;
    const legs = await judge(met.map((one) => one.case));
    const candidates = met.flatMap((one, index) => {
      const own = legs[index];
      return own === undefined ? [] : [{ ...one, legs: own }];
    });
    const { results, survived } = await killRate(candidates, { mutants: survivors });
    for (const { killedBy } of results) if (killedBy) found.add(killedBy.judged as T & JudgedCase);
    survivors = survived.map(({ mutant }) => mutant);
  }
  return [...found];
}
