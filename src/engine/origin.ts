import { tf } from '../tf.js';
import type { Origin } from './graph.js';

/**
 * Capturing a frame takes 2 microseconds. A function that is recorded once can afford to capture all frames of tfjs,
 * including those of a gradient, up to the user's frame. Ops that are recorded at every step capture only the frames of
 * one operation.
 */
const FRAMES = { once: 40, always: 14, never: 0 } as const;

let frames: number = FRAMES.always;

/** Runs `run` with long traces for the nodes that it records. */
export function tracedDeeply<T>(run: () => T): T {
  return traced(frames === FRAMES.never ? FRAMES.never : FRAMES.once, run);
}

/** Runs `run` without traces: its nodes were recorded before, with traces. */
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

/** The tfjs op that is running, by the name of its scope. Outside of an op there may be other scopes. */
export function currentOp(): string | undefined {
  const scope = tf.engine().state.activeScope as { name?: string } | null;
  return /^(.*)__op$/.exec(scope?.name ?? '')?.[1];
}

/** Frames of tfjs (recognized by file name, or by the source in its source maps) and of Node. */
const NOT_THE_USERS = /[\\/]@tensorflow[\\/]|[\\/]tfjs-\w+[\\/]|node:|<anonymous>\)?$/;

/** The first line of the stack outside tfjs: the place in the user's program that called the op. */
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
