import { tf } from '../tf.js';
import type { Origin } from './graph.js';

/**
 * A frame costs 2 microseconds to capture. What is recorded once can afford to pass all frames of tfjs, those of a
 * gradient among them, up to the user's; what is recorded at every step passes those of an operation.
 */
const FRAMES = { once: 40, always: 14, never: 0 } as const;

let frames: number = FRAMES.always;

/** What `run` records keeps long traces. */
export function tracedDeeply<T>(run: () => T): T {
  return traced(frames === FRAMES.never ? FRAMES.never : FRAMES.once, run);
}

/** What `run` records keeps no traces: it was recorded before, with them. */
export function untraced<T>(run: () => T): T {
  return traced(FRAMES.never, run);
}

function traced<T>(count: number, run: () => T): T {
  const outer = frames;
  frames = count;
  try {
    return run();
  } finally {
    frames = outer;
  }
}

/** Where a kernel is called. `entry` is the engine's function that tfjs called; the stack begins above it. */
export function originOf(kernel: string, entry: (...args: never[]) => unknown): Origin {
  const trace: { stack?: string } = {};
  if (frames > 0) {
    const limit = Error.stackTraceLimit;
    Error.stackTraceLimit = frames;
    Error.captureStackTrace(trace, entry);
    Error.stackTraceLimit = limit;
  }
  return { kernel, op: currentOp() ?? kernel, trace };
}

/** The tfjs op that is running, as tfjs names its scope; outside of an op there may be other scopes. */
export function currentOp(): string | undefined {
  const scope = tf.engine().state.activeScope as { name?: string } | null;
  return /^(.*)__op$/.exec(scope?.name ?? '')?.[1];
}

/** Frames of tfjs (by its file, or by the source its maps name) and of Node. */
const NOT_THE_USERS = /[\\/]@tensorflow[\\/]|[\\/]tfjs-\w+[\\/]|node:|<anonymous>\)?$/;

/** The first line of the stack that is not tfjs's: where the user's program recorded it. */
export function userLine({ trace }: Origin): string | undefined {
  return trace.stack
    ?.split('\n')
    .filter((line) => /^\s+at /.test(line))
    .find((line) => !NOT_THE_USERS.test(line))
    ?.trim()
    .replace(/^at /, '');
}

export function describeOrigin(origin: Origin): string {
  const line = userLine(origin);
  return `kernel ${origin.kernel} of op ${origin.op}${line === undefined ? '' : `, called at ${line}`}`;
}
