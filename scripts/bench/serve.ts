import { createInterface } from 'node:readline';
import { z } from 'zod';

/** One measured round: its duration, and a number on which both sides have to agree. */
export interface Round {
  readonly ms: number;
  readonly value: number;
}

export interface Prepared {
  readonly engine: string;
  readonly threads: number;
  /** The largest resident memory so far; everything beyond it is due to the rounds. */
  readonly startMiB: number;
  round(): Promise<Round>;
}

const Request = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('prepare'), row: z.unknown(), threads: z.number() }),
  z.object({ kind: z.literal('round') }),
  z.object({ kind: z.literal('finish') }),
]);

export const peakMiB = (): number => process.resourceUsage().maxRSS / 1024;

/** Runs the work and measures its time. */
export async function timed(work: () => Promise<number>): Promise<Round> {
  const start = performance.now();
  const value = await work();
  return { ms: performance.now() - start, value };
}

/**
 * Our counterpart of worker.ts, like protocol.py in Python: one request per line on stdin, one answer per line on
 * stdout.
 *
 * @param rows the rows of the suite
 * @param prepare makes the rounds of a row
 * @param finish runs before the last answer, after which the process may be ended at any time
 */
export async function serve<Row>(
  rows: z.ZodType<Row>,
  prepare: (row: Row, threads: number) => Promise<Prepared>,
  finish: () => void = () => undefined,
): Promise<void> {
  let prepared: Prepared | undefined;
  for await (const line of createInterface({ input: process.stdin })) {
    const asked = Request.parse(JSON.parse(line));
    if (asked.kind === 'prepare') {
      prepared = await prepare(rows.parse(asked.row), asked.threads);
      const { engine, threads, startMiB } = prepared;
      answer({ engine, threads, startMiB });
    } else if (asked.kind === 'finish') {
      finish();
      answer({ peakMiB: peakMiB() });
    } else {
      if (prepared === undefined) throw new Error('a round was asked for before prepare');
      answer(await prepared.round());
    }
  }
}

function answer(message: object): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}
