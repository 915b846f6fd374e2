import type { Reference } from '../src/python/bridge.js';
import { strataOf } from './arbitraries/strata.js';
import { compareOutcomes } from './compare.js';
import { fc } from './fast-check.js';
import { stratumSource } from './plan.js';
import { caseMessage, outcomesOf, referenceLegs } from './reference-legs.js';
import { cellName, suiteCells } from './suite.js';

export interface CalibrationOptions {
  readonly reference: Pick<Reference, 'call'>;
  readonly seed: number;
  /** Cases per cell and stratum. */
  readonly cases: number;
  /** PyTorch runs per case that play the role of a port. */
  readonly runs: number;
  readonly onCell: (cell: string) => void;
}

export interface Calibration {
  readonly runs: number;
  /** Ratios of PyTorch's own runs under the policy, in ascending order: values and gradients. */
  readonly ratios: readonly number[];
  readonly worst: readonly { readonly cell: string; readonly stratum: string; readonly ratio: number }[];
}

/** Judges PyTorch with other orders of summation and numbers of threads as if it were a port. */
export async function calibrate(options: CalibrationOptions): Promise<Calibration> {
  const ratios: number[] = [];
  const worst: { cell: string; stratum: string; ratio: number }[] = [];
  const seeds = Array.from({ length: options.runs }, (_, i) => i);
  for (const cell of suiteCells()) {
    options.onCell(cellName(cell));
    const cases = strataOf(cell).flatMap((stratum) => {
      const { arbitrary, seed } = stratumSource(cell, stratum, options.seed);
      return fc.sample(arbitrary, { numRuns: options.cases, seed });
    });
    const legs = await referenceLegs(options.reference, cases);
    const reply = await options.reference.call('calibration.run', caseMessage(cases, { seeds }));
    for (const [index, outcomes] of outcomesOf(reply).entries()) {
      const [one, judged] = [cases[index], legs[index]];
      if (one === undefined || judged === undefined) continue;
      for (const outcome of outcomes.values()) {
        const { valueRatio, gradientRatio } = compareOutcomes(outcome, judged);
        const ratio = Math.max(valueRatio, gradientRatio);
        ratios.push(ratio);
        worst.push({ cell: cellName(cell), stratum: one.stratum, ratio });
      }
    }
  }
  worst.sort((a, b) => b.ratio - a.ratio);
  return { runs: ratios.length, ratios: ratios.toSorted((a, b) => a - b), worst: worst.slice(0, 12) };
}
