import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import { printable } from './printable.js';
import { setProgressLine } from './progress-line.js';

export interface Progress {
  /** `count` more are done; 1 unless given. */
  advance(what: string, count?: number): void;
  note(what: string): void;
  stop(): void;
}

/** Shows nothing. */
export const NO_PROGRESS: Progress = {
  advance: () => undefined,
  note: () => undefined,
  stop: () => undefined,
};

/**
 * A bar on standard error, a count where the total is not known; silent where that is not a terminal, and in CI. It leaves
 * the cursor, the wrapping of lines and the signals of the process alone: however the process ends, the terminal is as it
 * was.
 */
export function openProgress(total?: number): Progress {
  const shown = process.stderr.isTTY && (process.env['CI'] ?? '') === '';
  if (!shown) return NO_PROGRESS;
  // Loaded here: what shows no bar needs no code for it.
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof CliProgress;
  const bar = new SingleBar({
    format: total === undefined ? '{value} {what}' : '{bar} {value}/{total} {what}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: false,
    // Longer lines are cut to the terminal.
    linewrap: true,
    gracefulExit: false,
    barsize: 24,
  });
  bar.start(total ?? 0, 0, { what: '' });
  setProgressLine(() => process.stderr.write('\r\u001B[K'));
  const stop = (): void => {
    setProgressLine(undefined);
    bar.stop();
  };
  process.once('exit', stop);
  return {
    advance: (what, count = 1) => bar.increment(count, { what: printable(what) }),
    note: (what) => bar.update({ what: printable(what) }),
    stop: () => {
      process.off('exit', stop);
      stop();
    },
  };
}

/** A bar in percent while something is done that tells which share of it is done. */
export async function withPercent<T>(
  task: (onProgress: (what: string, done: number) => void) => Promise<T>,
): Promise<T> {
  const bar = openProgress(100);
  let percent = 0;
  try {
    return await task((what, done) => {
      for (; percent < Math.floor(100 * done); percent++) bar.advance(what);
      bar.note(what);
    });
  } finally {
    bar.stop();
  }
}
