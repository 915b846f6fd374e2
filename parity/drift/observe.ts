import type { Progress } from '../../src/progress.js';
import type { CaseOutcome } from '../case.js';
import { type PlannedCase, planCell } from '../plan.js';
import { checkQuirks, type QuirkReport } from '../quirks.js';
import { caseMessage, outcomesOf } from '../reference-legs.js';
import { startReference } from '../start-reference.js';
import { type Cell, cellName } from '../suite.js';

/** What one version of the reference did. */
export interface Observed {
  readonly version: string;
  /** The outcomes of each case by leg, by the path of the case. */
  readonly outcomes: ReadonlyMap<string, ReadonlyMap<string, CaseOutcome>>;
  readonly quirks: readonly QuirkReport[];
}

export interface ObserveOptions {
  readonly python: string;
  /** A folder of packages that take precedence. */
  readonly packages?: string;
  readonly cells: readonly Cell[];
  readonly cases: number;
  readonly seed: number;
  readonly progress: Progress;
}

/** Starts the reference, and lets it compute every case of the cells and show every quirk. */
export async function observe(options: ObserveOptions): Promise<Observed> {
  const { python, packages, cells, cases, seed, progress } = options;
  const reference = await startReference({ python, ...(packages !== undefined && { packages }) });
  try {
    const outcomes = new Map<string, ReadonlyMap<string, CaseOutcome>>();
    for (const cell of cells) {
      const planned: readonly PlannedCase[] = planCell(cell, cases, seed);
      const reply = await reference.call('cases.run', caseMessage(planned.map((one) => one.case)));
      for (const [index, legs] of outcomesOf(reply).entries()) outcomes.set(planned[index]?.path ?? '', legs);
      progress.advance(`${reference.versions.sentenceTransformers} ${cellName(cell)}`);
    }
    const quirks = await checkQuirks(reference);
    return { version: reference.versions.sentenceTransformers, outcomes, quirks };
  } finally {
    await reference.stop();
  }
}
