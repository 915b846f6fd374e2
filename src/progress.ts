import { createRequire } from 'node:module';
import type * as CliProgress from 'cli-progress';
import { printable } from './printable.js';
import { setProgressLine } from './progress-line.js';

export interface Progress {
  /** Adds `count` to the number done. Default: 1. */
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
 * A progress bar on standard error, or a count if the total is unknown. Nothing appears if standard error is not a
 * terminal, or in CI. It does not change the cursor, line wrapping or the process's signals, so however the process
 * ends, the terminal is as it was before.
 */
export function openProgress(total?: number): Progress {
  const shown = process.stderr.isTTY && (process.env['CI'] ?? '') === '';
  if (!shown) return NO_PROGRESS;
  // Loaded here, since code without a bar does not need it.
  const { SingleBar } = createRequire(import.meta.url)('cli-progress') as typeof CliProgress;
  const bar = new SingleBar({
    format: total === undefined ? '{value} {what}' : '{bar} {value}/{total} {what}',
    stream: process.stderr,
    clearOnComplete: true,
    hideCursor: false,
    // Cuts longer lines to the width of the terminal.
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

/** Shows a bar in percent during a task that reports its progress. */
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
