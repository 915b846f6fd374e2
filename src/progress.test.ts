import { afterEach, describe, expect, it, vi } from 'vitest';
import { openProgress } from './progress.js';

const isTerminal = process.stderr.isTTY;
afterEach(() => {
  process.stderr.isTTY = isTerminal;
  vi.restoreAllMocks();
  vi.unstubAllEnvs();
});

/** The output of a bar to a terminal until it stops. */
function written(use: (bar: ReturnType<typeof openProgress>) => void): string {
  vi.stubEnv('CI', '');
  process.stderr.isTTY = true;
  const write = vi.spyOn(process.stderr, 'write').mockReturnValue(true);
  const bar = openProgress(10);
  try {
    use(bar);
  } finally {
    bar.stop();
  }
  return write.mock.calls.map(([chunk]) => String(chunk)).join('');
}

describe('openProgress', () => {
  it('does not change cursor and line wrap of the terminal', () => {
    const text = written((bar) => bar.advance('texts', 3));
    expect(text).toContain('/10');
    // DEC private modes: 25 is the cursor, 7 the wrapping of lines.
    // 7 saves the position of the cursor, and 8 restores it, however many lines were written since.
    for (const mode of ['[?25', '[?7', '7', '8']) expect(text).not.toContain(`\u001B${mode}`);
  });

  it('does not handle signals', () => {
    const before = process.listenerCount('SIGINT');
    written(() => expect(process.listenerCount('SIGINT')).toBe(before));
  });

  it('clears its line if the process exits', () => {
    const before = process.listenerCount('exit');
    written(() => expect(process.listenerCount('exit')).toBe(before + 1));
    expect(process.listenerCount('exit')).toBe(before);
  });
});
