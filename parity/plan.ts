import type { Arbitrary } from 'fast-check';
import { UsageError } from '../src/index.js';
import { badInputs } from './arbitraries/bad-input.js';
import { caseArbitrary } from './arbitraries/case-arbitrary.js';
import { STRATA, type Stratum, strataOf } from './arbitraries/strata.js';
import type { ParityCase } from './case.js';
import { fc } from './fast-check.js';
import { type Cell, cellName } from './suite.js';

/** A case, and how to make it again. */
export interface PlannedCase {
  readonly case: ParityCase;
  /** `CELL#STRATUM:INDEX[:SHRINKS...]`, the argument of `--path` together with `--seed`. */
  readonly path: string;
}

/** The source of the cases of one stratum: the arbitrary, and its seed, which differs for every cell and stratum. */
export function stratumSource(
  cell: Cell,
  stratum: Stratum,
  seed: number,
): { arbitrary: Arbitrary<ParityCase>; seed: number } {
  return { arbitrary: caseArbitrary(cell, stratum), seed: mix(seed, `${cellName(cell)}#${stratum.id}`) };
}

/** The cases of a cell: `count` sound ones, distributed over its strata, and every bad input. */
export function planCell(cell: Cell, count: number, seed: number): PlannedCase[] {
  const strata = strataOf(cell);
  const shares = shareOut(strata, count);
  const sound = strata.flatMap((stratum, i) => {
    const source = stratumSource(cell, stratum, seed);
    return fc
      .sample(source.arbitrary, { numRuns: shares[i] ?? 0, seed: source.seed })
      .map((one, index) => ({ case: one, path: `${cellName(cell)}#${stratum.id}:${index}` }));
  });
  return [...sound, ...planBadInputs(cell, seed)];
}

function planBadInputs(cell: Cell, seed: number): PlannedCase[] {
  const base: Stratum = {
    id: 'bad-input',
    what: '',
    share: 0,
    batch: { min: 3, max: 3 },
    dims: { min: 16, max: 16 },
  };
  const source = stratumSource(cell, base, seed);
  const [sound] = fc.sample(source.arbitrary, { numRuns: 1, seed: source.seed });
  if (sound === undefined) return [];
  return badInputs(cell, sound).map((one) => ({ case: one, path: `${cellName(cell)}#${one.stratum}` }));
}

/** Whole numbers in proportion to the shares, at least one each, that add up to `count` if possible. */
export function shareOut(strata: readonly Pick<Stratum, 'share'>[], count: number): number[] {
  const total = strata.reduce((sum, { share }) => sum + share, 0);
  const counts = strata.map(({ share }) => Math.max(1, Math.floor((share / total) * count)));
  const rest = count - counts.reduce((sum, one) => sum + one, 0);
  if (rest > 0) counts[0] = (counts[0] ?? 0) + rest;
  return counts;
}

/** The cell, stratum and fast-check path of a `--path`. Throws a UsageError if it names none. */
export function readPath(
  path: string,
  cells: readonly Cell[],
): { cell: Cell; stratum: Stratum; path: string } {
  const [place, runs] = splitAt(path, path.indexOf(':', path.indexOf('#')));
  const [name, id] = splitAt(place, place.indexOf('#'));
  const cell = cells.find((candidate) => cellName(candidate) === name);
  const strata: readonly Stratum[] = STRATA;
  const stratum = strata.find((candidate) => candidate.id === id);
  if (cell === undefined || stratum === undefined || !/^\d+(:\d+)*$/.test(runs)) {
    throw new UsageError(
      `"${path}" is not a path; expected LOSS/WRAPPER/FORMAT#STRATUM:RUN as a report prints it, for instance ` +
        `SparseTripletLoss/SpladeLoss/triplet#tiny:3`,
    );
  }
  return { cell, stratum, path: runs };
}

function splitAt(text: string, index: number): [string, string] {
  return index < 0 ? [text, ''] : [text.slice(0, index), text.slice(index + 1)];
}

/** FNV-1a of the name, mixed into the seed. */
export function mix(seed: number, name: string): number {
  let hash = 0x811c9dc5;
  for (const letter of `${seed}/${name}`) hash = Math.imul(hash ^ letter.charCodeAt(0), 0x01000193);
  return hash | 0;
}
