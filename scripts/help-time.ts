/** How long `sparse-encoder --help` takes as it is installed, beside Node alone: npx tsx scripts/help-time.ts (after a build) */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const main = fileURLToPath(new URL('../dist/src/cli/main.js', import.meta.url));
const RUNS = 21;
const ENVIRONMENT = 3;

function milliseconds(args: readonly string[]): number {
  const begin = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`node ${args.join(' ')} ended with ${status}: ${stderr}`);
  return performance.now() - begin;
}

if (existsSync(main)) {
  const programs = { 'sparse-encoder --help': [main, '--help'], 'node alone': ['-e', '0'] };
  // In turns, so that both see the same load.
  const times = Object.entries(programs).map(([name, args]) => ({ name, args, took: [] as number[] }));
  for (let run = 0; run < RUNS; run++) for (const { args, took } of times) took.push(milliseconds(args));
  for (const { name, took } of times) {
    const sorted = took.toSorted((a, b) => a - b);
    const [least = NaN, median = NaN] = [sorted[0], sorted[(RUNS - 1) / 2]];
    process.stdout.write(`${name}: ${median.toFixed(0)} ms (median of ${RUNS}; least ${least.toFixed(0)})\n`);
  }
} else {
  process.stderr.write(`${main} is missing; run npm run build first\n`);
  process.exitCode = ENVIRONMENT;
}
