import { summarize, type Measurement } from './statistics.js';
import type { ReadyAnswer, Worker } from './worker.js';

export interface RunnerOptions {
  /** Measured time for each side of a row. A side with longer rounds still does `MIN_ROUNDS`. */
  seconds: number;
}

export type SideName = 'ours' | 'reference';
export type Sides<T> = Record<SideName, T>;

export interface RowResult {
  name: string;
  ours: Measurement;
  reference: Measurement;
}

export const MIN_ROUNDS = 3;
const WARM_UP_ROUNDS = 2;
/** The budget is spent in this many turns, so that a busy minute of the machine affects both sides. */
const TURNS = 5;
/** Two float32 implementations agree far better on the same data; a wrong case differs by far more. */
const VALUE_TOLERANCE = 1e-3;

interface SideState {
  worker: Worker;
  ready: ReadyAnswer;
  value: number;
  rounds: number[];
  spentMs: number;
}

export async function measureRow(
  name: string,
  workers: Sides<Worker>,
  options: RunnerOptions,
): Promise<{ row: RowResult; engines: Sides<{ engine: string; threads: number }> }> {
  const [ours, reference] = await Promise.all([prepare(workers.ours), prepare(workers.reference)]);
  const budgetMs = options.seconds * 1000;
  for (const side of [ours, reference]) await warmUp(side, budgetMs);
  requireSameValue(name, ours.value, reference.value);

  for (let turn = 0; turn < TURNS; turn++) {
    // So that neither side always follows the other's memory traffic.
    const order = turn % 2 === 0 ? [ours, reference] : [reference, ours];
    for (const side of order) await takeTurn(side, (budgetMs * (turn + 1)) / TURNS);
  }

  return {
    row: { name, ours: await finish(ours), reference: await finish(reference) },
    engines: {
      ours: { engine: ours.ready.engine, threads: ours.ready.threads },
      reference: { engine: reference.ready.engine, threads: reference.ready.threads },
    },
  };
}

async function prepare(worker: Worker): Promise<SideState> {
  return { worker, ready: await worker.prepare(), value: Number.NaN, rounds: [], spentMs: 0 };
}

/** A first round may include compilation and new memory. If rounds take the whole budget, there is only one. */
async function warmUp(side: SideState, budgetMs: number): Promise<void> {
  let spentMs = 0;
  for (let round = 0; round < WARM_UP_ROUNDS && spentMs < budgetMs; round++) {
    const { ms, value } = await side.worker.round();
    spentMs += ms;
    side.value = value;
  }
}

/** At least one round while the side has fewer than `MIN_ROUNDS`, then more until its time is used up. */
async function takeTurn(side: SideState, untilMs: number): Promise<void> {
  let first = true;
  while (side.spentMs < untilMs || (first && side.rounds.length < MIN_ROUNDS)) {
    const { ms } = await side.worker.round();
    side.rounds.push(ms);
    side.spentMs += ms;
    first = false;
  }
}

async function finish(side: SideState): Promise<Measurement> {
  const { peakMiB } = await side.worker.finish();
  return summarize(side.rounds, { peakMiB, startMiB: side.ready.startMiB });
}

/** A comparison of speed is meaningless if the two sides do not compute the same. */
function requireSameValue(name: string, ours: number, reference: number): void {
  const difference = Math.abs(ours - reference);
  if (!(difference <= VALUE_TOLERANCE * Math.max(1, Math.abs(reference)))) {
    throw new Error(
      `${name}: ours computed ${ours} and the reference ${reference} from the same data; ` +
        `they must agree to ${VALUE_TOLERANCE} before their speed is compared (npm run parity finds the cause)`,
    );
  }
}
