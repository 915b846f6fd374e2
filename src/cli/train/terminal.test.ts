// @module-tag slow
import { spawn } from 'node:child_process';
import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { builtProgram } from '../../testing/built-programs.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { modelFixture } from '../../testing/new-encoders.js';
import { Screen } from '../../testing/screen.js';
import { dataFile, jsonLines, PAIRS } from '../../testing/train-command.js';

const COLUMNS = 80;

/** What a train command writes to a terminal, chunk by chunk. */
async function inTerminal(
  args: readonly string[],
  before: string,
): Promise<{ code: unknown; pieces: string[] }> {
  const words = [process.execPath, builtProgram('src/cli/main'), 'train', ...args];
  const { CI: _, ...env } = process.env;
  const child = spawn('script', ['-qfec', `${before}; exec ${words.join(' ')}`, '/dev/null'], {
    // Paths are short in this folder.
    cwd: temporaryFolder(),
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...env, TERM: 'xterm-256color' },
  });
  const pieces: string[] = [];
  child.stdout.setEncoding('utf8').on('data', (piece: string) => pieces.push(piece));
  const code = await new Promise((resolve, reject) => child.once('error', reject).once('close', resolve));
  return { code, pieces };
}

const BAR = /[\u2588\u2591=]{5}/u;

function shown(pieces: readonly string[]): { screen: Screen; bars: Set<string> } {
  const screen = new Screen(COLUMNS);
  const bars = new Set<string>();
  for (const piece of pieces) {
    screen.write(piece);
    const found = screen.lines.filter((line) => BAR.test(line));
    // There is one bar, below everything else.
    expect(found.length).toBeLessThanOrEqual(1);
    expect(screen.lines.slice(-found.length || Infinity)).toEqual(found);
    found.forEach((bar) => bars.add(bar));
  }
  return { screen, bars };
}

function run(...more: string[]): string[] {
  const pairs = dataFile(jsonLines(PAIRS));
  return ['--model', modelFixture('splade-bert'), '--train', pairs, '--output', 'run', ...more];
}

// Linux has a program that makes a terminal.
test.runIf(platform === 'linux')(
  'a run in a terminal of 80 columns leaves its lines but no bar',
  async () => {
    const args = run('--eval', dataFile(jsonLines(PAIRS)), '--max-steps', '60', '--logging-steps', '10');
    const { code, pieces } = await inTerminal(
      [...args, '--eval-strategy', 'steps', '--eval-steps', '20', '--save-steps', '20'],
      `stty cols ${COLUMNS}`,
    );
    const { screen, bars } = shown(pieces);
    expect([code, screen.wraps, [...screen.off]]).toEqual([0, 0, []]);
    const { lines } = screen;
    expect(lines.filter((line) => BAR.test(line))).toEqual([]);
    expect(Math.max(...lines.map(({ length }) => length))).toBeLessThanOrEqual(COLUMNS);
    expect(lines.filter((line) => /^step \d+\/60: loss /.test(line))).toHaveLength(6);
    expect(lines.filter((line) => /^step \d+\/60: eval_loss /.test(line))).toHaveLength(3);
    expect(lines.at(-2)).toMatch(/^ {2}sparse-encoder export /);
    const bar = [...bars].filter((each) =>
      / \d+\/60 loss [\d.]+ \d+\/\d+ [\dk]+ tok\/s [\d.]+ GiB \d+ s$/.test(each),
    );
    expect(bar.length, [...bars].join('\n')).toBeGreaterThan(0);
  },
);

test.runIf(platform === 'linux')('a run that fails removes its bar, and ends', async () => {
  const rows = PAIRS.map(({ anchor, positive }, row) => ({
    anchor,
    positive,
    negative: 'light',
    score: row === 0 ? 1e38 : 1,
  }));
  const args = run('--max-steps', '40', '--per-device-train-batch-size', '1');
  const data = args.indexOf('--train') + 1;
  const { code, pieces } = await inTerminal(
    args.map((arg, index) => (index === data ? dataFile(jsonLines(rows)) : arg)),
    `stty cols ${COLUMNS}`,
  );
  const { screen } = shown(pieces);
  expect([code, screen.wraps, [...screen.off]]).toEqual([2, 0, []]);
  expect(screen.lines.filter((line) => BAR.test(line))).toEqual([]);
  expect(screen.lines.join(' ')).toContain('the trainer: the loss is Infinity at step');
});
