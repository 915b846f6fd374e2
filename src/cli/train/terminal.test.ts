// @module-tag slow
import { spawn } from 'node:child_process';
import { platform } from 'node:process';
import { expect, test } from 'vitest';
import { builtProgram, oneLayerModel } from '../../testing/built-programs.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
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
  const child = spawn('script', ['-qfec', `${before} exec ${words.join(' ')}`, '/dev/null'], {
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

/** What a bar writes first when the width of the terminal has changed. */
// oxlint-disable-next-line no-control-regex -- a sequence begins with one
const RESIZED = /(?=\r(?:\u001B\[\d+A)?\u001B\[J)/u;

/** @param columns the width at first, and after each change */
function shown(
  pieces: readonly string[],
  [first = COLUMNS, ...widths]: readonly number[] = [],
): { screen: Screen; bars: Set<string> } {
  const screen = new Screen(first);
  const bars = new Set<string>();
  for (const piece of pieces) {
    for (const [index, part] of piece.split(RESIZED).entries()) {
      if (index > 0 || RESIZED.test(part.slice(0, 8))) screen.resize(widths.shift() ?? Number.NaN);
      screen.write(part);
      const found = screen.lines.filter((line) => BAR.test(line));
      // There is one bar, below everything else.
      expect(found.length).toBeLessThanOrEqual(1);
      expect(screen.lines.slice(-found.length || Infinity)).toEqual(found);
      found.forEach((bar) => bars.add(bar));
    }
  }
  expect(widths).toEqual([]);
  return { screen, bars };
}

function run(...more: string[]): string[] {
  const pairs = dataFile(jsonLines(PAIRS));
  return ['--model', oneLayerModel(), '--train', pairs, '--output', 'run', ...more];
}

// Linux has a program that makes a terminal.
test.runIf(platform === 'linux')(
  'a run in a terminal of 80 columns leaves its lines but no bar',
  async () => {
    const args = run('--eval', dataFile(jsonLines(PAIRS)), '--max-steps', '60', '--logging-steps', '10');
    const { code, pieces } = await inTerminal(
      [...args, '--eval-strategy', 'steps', '--eval-steps', '20', '--save-steps', '20'],
      `stty cols ${COLUMNS};`,
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

test.runIf(platform === 'linux')('a bar follows the width of its terminal and leaves nothing', async () => {
  const args = run('--max-steps', '60', '--logging-steps', '10', '--save-steps', '20');
  const change = (checkpoint: number, columns: number): string =>
    `until [ -d run/checkpoint-${checkpoint} ]; do sleep 0.05; done; stty cols ${columns} < /dev/tty`;
  const narrow = 30;
  const { code, pieces } = await inTerminal(
    args,
    `stty cols ${COLUMNS}; (${change(20, narrow)}; ${change(40, COLUMNS)}) &`,
  );
  const { screen, bars } = shown(pieces, [COLUMNS, narrow, COLUMNS]);
  expect([code, [...screen.off]]).toEqual([0, []]);
  const { lines } = screen;
  expect(lines.filter((line) => BAR.test(line))).toEqual([]);
  expect(lines.filter((line) => /^step \d+\/60: loss /.test(line))).toHaveLength(6);
  expect(lines.filter((line) => line.startsWith('trained in 60 steps'))).toHaveLength(1);
  const widths = [...bars].map(({ length }) => length);
  expect(widths.filter((width) => width === narrow).length).toBeGreaterThan(0);
  expect(widths.filter((width) => width > narrow).length).toBeGreaterThan(0);
});

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
    `stty cols ${COLUMNS};`,
  );
  const { screen } = shown(pieces);
  expect([code, screen.wraps, [...screen.off]]).toEqual([2, 0, []]);
  expect(screen.lines.filter((line) => BAR.test(line))).toEqual([]);
  expect(screen.lines.join(' ')).toContain('the trainer: the loss is Infinity at step');
});
