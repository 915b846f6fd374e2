import type { Reference } from '../src/python/bridge.js';
import { ensureReferenceEnvironment } from '../src/python/environment.js';
import type { ParityCase } from './case.js';
import type { ReferenceLegs } from './compare.js';
import { goldenOf, loadGolden, type ReferenceVersions } from './golden.js';
import { judgeOrName } from './judge-or-name.js';
import { type PlannedCase, planCell } from './plan.js';
import { checkQuirks, type QuirkReport } from './quirks.js';
import { planRealTexts, REAL_ROWS } from './real-cases.js';
import { loadRealTexts } from './real-texts.js';
import { planRegressions } from './regressions.js';
import { RestartingReference } from './restarting-reference.js';
import type { Judge } from './run-suite.js';
import { startReference } from './start-reference.js';
import type { Cell } from './suite.js';

/** Where cases and the reference's results for them come from. */
export interface Source {
  readonly versions: ReferenceVersions;
  /** Whether the reference has the versions that this package is verified against, so that its results may be kept. */
  readonly isPinned: boolean;
  readonly plan: (cell: Cell) => PlannedCase[];
  readonly judge: Judge;
  /** The reference itself, if it can be asked. */
  readonly reference?: Pick<Reference, 'call'>;
  /** Whether the reference still does what the ledger says; undefined if there is no reference to ask. */
  readonly quirks: () => Promise<QuirkReport[] | undefined>;
  readonly close: () => Promise<void>;
}

export interface LiveOptions {
  readonly python: string | undefined;
  readonly cases: number;
  readonly seed: number;
  /** Whether to include batches of real texts; embedding them takes a while. */
  readonly realTexts?: boolean;
  readonly log: (line: string) => void;
  /** What this process does while the reference starts. */
  readonly meanwhile?: () => Promise<void>;
}

/** Generated cases, batches of real texts and saved regressions, judged by sentence-transformers itself. */
export async function liveSource(options: LiveOptions): Promise<Source> {
  const { python, cases, seed, realTexts = true, log, meanwhile } = options;
  const interpreter = await ensureReferenceEnvironment({ log, ...(python === undefined ? {} : { python }) });
  log(`starting the reference${realTexts ? ' and embedding real texts with it' : ''}`);
  const reference = await RestartingReference.start(() => startReference({ python: interpreter }), { log });
  try {
    const [texts] = await Promise.all([
      realTexts ? loadRealTexts(reference, REAL_ROWS) : undefined,
      meanwhile?.(),
    ]);
    return {
      versions: reference.versions,
      isPinned: reference.isPinned,
      plan: (cell) => [
        ...planCell(cell, cases, seed),
        ...(texts === undefined ? [] : planRealTexts(cell, texts)),
        ...planRegressions(cell),
      ],
      judge: (chosen) => judgeOrName(reference, chosen),
      reference,
      quirks: () => checkQuirks(reference),
      close: () => reference.stop(),
    };
  } catch (error) {
    await reference.stop();
    throw error;
  }
}

/** Recorded cases and saved regressions with the results that were recorded with them. */
export function goldenSource(): Source {
  const golden = loadGolden();
  const recorded = new Map<ParityCase, ReferenceLegs>(golden.cases.map((one) => [one.case, one.legs]));
  return {
    versions: golden.reference,
    isPinned: true,
    plan: (cell) => {
      const regressions = planRegressions(cell);
      for (const { judged } of regressions) recorded.set(judged.case, judged.legs);
      return [...goldenOf(golden, cell), ...regressions];
    },
    judge: async (chosen) => chosen.flatMap((one) => recorded.get(one) ?? []),
    quirks: async () => undefined,
    close: async () => undefined,
  };
}
