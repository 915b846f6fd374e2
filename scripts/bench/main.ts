import { availableParallelism } from 'node:os';
import type { Command } from 'commander';
import { UsageError } from '../../src/errors.js';
import { countFrom, numberAbove } from '../../src/options.js';
import { openProgress } from '../../src/progress.js';
import { findReferencePython } from '../../src/python/environment.js';
import { ReferenceUnavailableError } from '../../src/python/errors.js';
import { flag } from '../../src/shell/flag.js';
import { newCommand, subcommand } from '../../src/shell/new-command.js';
import { runCommand } from '../../src/shell/run-command.js';
import { pythonOption } from '../programs/options.js';
import { addEvaluate } from './evaluate/command.js';
import { addImport } from './import/command.js';
import { addLatency } from './latency/command.js';
import { addLora } from './lora/command.js';
import { addMemory } from './memory/command.js';
import { renderReport, writeReport } from './report.js';
import { addScaling } from './scaling/command.js';
import { runSuite } from './suite.js';
import { SUITES, type Suite } from './suites.js';
import type { Worker } from './worker.js';

interface BenchOptions {
  json?: string;
  quick: boolean;
  only: string;
  python?: string;
  seconds: number;
  threads?: number;
}

const workers = new Set<Worker>();

process.on('exit', () => {
  for (const worker of workers) worker.stop();
});

function addSuite(parent: Command, name: string, suite: Suite): void {
  const threads = `threads each side may use (default: ${defaultThreads(suite)})`;
  subcommand(parent, name, { description: suite.summary, examples: [`npm run bench -- ${name} --quick`] })
    .option('--json <file>', 'also write the report as JSON')
    .option('--quick', 'only the small sizes, a tenth of the time', false)
    .option('--only <text>', 'only rows whose name contains this', '')
    .addOption(pythonOption())
    .addOption(flag('--seconds <n>', 'measured time per side and row', numberAbove(0, 3)))
    .addOption(flag('--threads <n>', threads, countFrom(1)))
    .action((options: BenchOptions) => bench(name, suite, options));
}

function defaultThreads(suite: Suite): number {
  return Math.min(availableParallelism(), suite.maxThreads);
}

async function bench(name: string, suite: Suite, options: BenchOptions): Promise<void> {
  const all = suite.rows(options.quick);
  const rows = all.filter((row) => row.name.includes(options.only));
  if (rows.length === 0) {
    const names = all.map((row) => row.name);
    throw new UsageError(`no row contains "${options.only}"; there are ${names.join('; ')}`);
  }
  const python = options.python ?? requirePython();
  const progress = openProgress(rows.length);
  const report = await runSuite(name, suite, rows, {
    python,
    threads: options.threads ?? defaultThreads(suite),
    seconds: options.quick ? options.seconds / 10 : options.seconds,
    onRow: (row) => progress.note(row),
    onRowEnd: (row) => progress.advance(row),
    onWorker: (worker) => workers.add(worker),
  });
  progress.stop();
  process.stdout.write(`${renderReport(report, process.stdout.isTTY)}\n`);
  if (options.json !== undefined) writeReport(report, options.json);
}

function requirePython(): string {
  const python = findReferencePython();
  if (python !== undefined) return python;
  throw new ReferenceUnavailableError(
    'not-found',
    'no Python with the reference: run `npm run parity` once, which makes an environment, or name one with --python',
  );
}

function program(): Command {
  const root = newCommand('bench', {
    description: 'Speed and memory of this package beside the Python reference.',
    examples: ['npm run bench -- losses --quick', 'npm run bench -- memory'],
    exitCodes: { fine: 'measured', environment: 'the environment (Python, a built package)' },
  });
  for (const [name, suite] of Object.entries(SUITES)) addSuite(root, name, suite);
  addLora(root);
  addMemory(root);
  addLatency(root);
  addScaling(root);
  addEvaluate(root);
  addImport(root);
  return root;
}

await runCommand(program);
