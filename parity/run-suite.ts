import { setImmediate } from 'node:timers/promises';
import { counted } from '../src/counted.js';
import { type EngineName, setEngine } from '../src/index.js';
import { tf } from '../src/tf.js';
import type { JudgedCase } from './case-file.js';
import type { ParityCase } from './case.js';
import { compareOutcomes, type Mismatch } from './compare.js';
import { type Implementation, OURS } from './implementation.js';
import { isNotChecked, type LegsOrNot, type NotChecked } from './judge-or-name.js';
import type { PlannedCase } from './plan.js';
import { pointsOf } from './points.js';
import { StatisticsCollector } from './report/collect-statistics.js';
import type { ParityStatistics } from './report/statistics.js';
import { runCase } from './run-case.js';
import { type Cell, cellName } from './suite.js';

/** Gives the reference's results for cases, live or recorded, or why there is none. */
export type Judge = (cases: readonly ParityCase[]) => Promise<LegsOrNot[]>;

export interface Failure {
  readonly path: string;
  readonly judged: JudgedCase;
  readonly mismatch: Mismatch;
}

export interface CellResult {
  readonly cell: Cell;
  /** The tfjs backend that computed our side. */
  readonly backend: string;
  /** Cases that were compared. */
  readonly cases: number;
  /** Cases for which the reference had no result, if there are any. */
  readonly notChecked?: readonly ({ readonly path: string } & NotChecked)[];
  readonly failures: readonly Failure[];
  /** Our worst error divided by PyTorch's float32 error, over all cases that computed something. */
  readonly valueRatio: number;
  readonly gradientRatio: number;
  readonly seconds: number;
  /** The same by strata, and how far every coordinate is from the truth. */
  readonly statistics: ParityStatistics;
}

export interface SuiteRun {
  readonly plan: (cell: Cell) => PlannedCase[];
  readonly judge: Judge;
  readonly implementation?: Implementation;
  /** Engines that judge each cell, one after the other; without them the one that is set. */
  readonly backends?: readonly EngineName[];
  readonly onCell?: (result: CellResult) => void;
}

/** Judges every cell, on each engine. The reference works on the next cell while ours computes the present one. */
export async function runSuite(cells: readonly Cell[], run: SuiteRun): Promise<CellResult[]> {
  const results: CellResult[] = [];
  let next = start(cells[0], run);
  for (const [index, cell] of cells.entries()) {
    const present = next;
    next = start(cells[index + 1], run);
    // A failure of the next call is reported when its turn comes.
    next?.legs.catch(() => undefined);
    if (present === undefined) continue;
    const legs = await present.legs;
    for (const backend of run.backends ?? [undefined]) {
      if (backend !== undefined) await setEngine(backend);
      const result = await judgeCell(cell, present.planned, legs, run);
      results.push(result);
      run.onCell?.(result);
    }
  }
  return results;
}

function start(
  cell: Cell | undefined,
  run: SuiteRun,
): { planned: PlannedCase[]; legs: Promise<LegsOrNot[]> } | undefined {
  if (cell === undefined) return undefined;
  const planned = run.plan(cell);
  return { planned, legs: run.judge(planned.map((one) => one.case)) };
}

async function judgeCell(
  cell: Cell,
  planned: readonly PlannedCase[],
  legs: readonly LegsOrNot[],
  { implementation = OURS }: SuiteRun,
): Promise<CellResult> {
  const begin = performance.now();
  const failures: Failure[] = [];
  const collector = new StatisticsCollector();
  const notChecked: ({ path: string } & NotChecked)[] = [];
  let valueRatio = 0;
  let gradientRatio = 0;
  for (const [index, { case: one, path }] of planned.entries()) {
    const judged = legs[index];
    if (judged === undefined) {
      throw new Error(
        `the reference gave ${counted(legs.length, 'result')} for ${counted(planned.length, 'case')}`,
      );
    }
    if (isNotChecked(judged)) {
      notChecked.push({ path, ...judged });
      continue;
    }
    const caseBegin = performance.now();
    const ours = await runCase(one, implementation);
    const verdict = compareOutcomes(ours, judged);
    collector.add({
      target: cellName(cell),
      stratum: one.stratum.replace(/:.*/, ''),
      path,
      ours,
      legs: judged,
      verdict,
      seconds: (performance.now() - caseBegin) / 1000,
      points: pointsOf(one),
    });
    // tfjs's own kernels never yield: without this, an interruption would wait for the end.
    await setImmediate();
    valueRatio = Math.max(valueRatio, verdict.valueRatio);
    gradientRatio = Math.max(gradientRatio, verdict.gradientRatio);
    if (verdict.mismatch !== undefined) {
      failures.push({ path, judged: { case: one, legs: judged }, mismatch: verdict.mismatch });
    }
  }
  const seconds = (performance.now() - begin) / 1000;
  return {
    cell,
    backend: tf.getBackend(),
    cases: planned.length - notChecked.length,
    ...(notChecked.length > 0 && { notChecked }),
    failures,
    valueRatio,
    gradientRatio,
    seconds,
    statistics: collector.statistics,
  };
}
