/** How long `sparse-encoder --help` takes as it is installed, beside Node alone: npx tsx scripts/help-time.ts (after a build) */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { lastLineOf } from './programs/answer-of.js';
import { MissingBuildError } from './programs/missing-build.js';

const program = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const RUNS = 21;

async function milliseconds(args: readonly string[]): Promise<number> {
  const begin = performance.now();
  await lastLineOf(process.execPath, args);
  return performance.now() - begin;
}

async function main(): Promise<void> {
  if (!existsSync(program)) throw new MissingBuildError(program);
  const programs = { 'sparse-encoder --help': [program, '--help'], 'node alone': ['-e', '0'] };
  // In turns, so that both see the same load.
  const times = Object.entries(programs).map(([name, args]) => ({ name, args, took: [] as number[] }));
  for (let run = 0; run < RUNS; run++) {
    for (const { args, took } of times) took.push(await milliseconds(args));
  }
  for (const { name, took } of times) {
    const sorted = took.toSorted((a, b) => a - b);
    const [least = NaN, median = NaN] = [sorted[0], sorted[(RUNS - 1) / 2]];
    process.stdout.write(`${name}: ${median.toFixed(0)} ms (median of ${RUNS}; least ${least.toFixed(0)})\n`);
  }
}

await runCommand(() =>
  newCommand('help-time', {
    description: 'Measures how long `sparse-encoder --help` takes as it is installed, beside Node alone.',
    examples: ['npm run build && npx tsx scripts/help-time.ts'],
    exitCodes: { fine: 'measured', environment: 'there is no build' },
  }).action(main),
);
