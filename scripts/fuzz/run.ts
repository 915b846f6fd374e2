import { inputOf } from './mutate.js';
import type { FuzzTarget } from './target.js';

/** The longest time for reading one input. */
export const TIME_LIMIT_MS = 2_000;
/** Largest amount of memory that a process may hold which reads one small input after the other. */
export const MEMORY_LIMIT_BYTES = 2 ** 30;
/** Runs between two looks at the memory. */
const MEMORY_INTERVAL = 256;
/** A broken reader fails in every second run: enough of them tell what is wrong. */
const MOST_FINDINGS = 10;

export interface Finding {
  readonly target: string;
  readonly seed: number;
  readonly run: number;
  readonly what: string;
}

export interface FuzzOptions {
  readonly seed: number;
  readonly runs: number;
  /** Called before each run. */
  readonly onRun?: (run: number) => void;
}

/** The fault of a reader with these bytes; undefined if there is none. */
export function judge(target: FuzzTarget, bytes: Uint8Array): string | undefined {
  const start = performance.now();
  try {
    target.read(bytes);
  } catch (error) {
    if (!target.promises(error)) {
      return error instanceof Error ? (error.stack ?? error.message) : `threw ${typeof error}: no Error`;
    }
  }
  const took = performance.now() - start;
  return took > TIME_LIMIT_MS ? `took ${Math.round(took)} ms; the limit is ${TIME_LIMIT_MS}` : undefined;
}

export function fuzz(target: FuzzTarget, { seed, runs, onRun }: FuzzOptions): Finding[] {
  const seeds = target.seeds();
  const findings: Finding[] = [];
  const unread = whatIsUnread(target, seeds);
  if (unread !== undefined) return [{ target: target.name, seed, run: 0, what: unread }];
  for (let run = 0; run < runs && findings.length < MOST_FINDINGS; run++) {
    onRun?.(run);
    const bytes = inputOf(target, seeds, seed, run);
    const suspicion =
      withoutStacks(() => judge(target, bytes)) ?? (run % MEMORY_INTERVAL === 0 ? judgeMemory() : undefined);
    if (suspicion === undefined) continue;
    findings.push({ target: target.name, seed, run, what: judge(target, bytes) ?? suspicion });
  }
  return findings;
}

/** A reader that refuses everything would keep its promises, too. It has to accept each of the undamaged files. */
function whatIsUnread({ read, promises }: FuzzTarget, seeds: readonly Uint8Array[]): string | undefined {
  if (seeds.length === 0) return 'there is no file to damage';
  for (const [index, bytes] of seeds.entries()) {
    try {
      read(bytes);
    } catch (error) {
      if (promises(error)) return `undamaged file ${index} is refused: ${String(error)}`;
    }
  }
  return undefined;
}

/** Most runs end with an error, whose stack would take most of the time. */
function withoutStacks<T>(call: () => T): T {
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 0;
  try {
    return call();
  } finally {
    Error.stackTraceLimit = limit;
  }
}

function judgeMemory(): string | undefined {
  const { heapUsed, external } = process.memoryUsage();
  const held = heapUsed + external;
  return held > MEMORY_LIMIT_BYTES
    ? `the process holds ${held} bytes; the limit is ${MEMORY_LIMIT_BYTES}`
    : undefined;
}
