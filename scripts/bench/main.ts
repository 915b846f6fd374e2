import { availableParallelism } from 'node:os';
import { Command, CommanderError, InvalidArgumentError } from 'commander';
import { ReferenceUnavailableError } from '../../parity/python/errors.js';
import { findReferencePython } from '../../parity/python/environment.js';
import { positiveNumber, wholeNumber } from '../../src/cli/numbers.js';
import { importCommand } from './import/command.js';
import { latencyCommand } from './latency/command.js';
import { memoryCommand } from './memory/command.js';
import { renderReport, writeReport } from './report.js';
import { runSuite } from './suite.js';
import { SUITES, type Suite } from './suites.js';
import type { Worker } from './worker.js';
import { exitOnSignals } from '../../src/cli/exit-on-signals.js';

const EXIT = { failure: 1, usage: 2, environment: 3, interrupted: 130 } as const;

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
exitOnSignals();

function suiteCommand(name: string, suite: Suite): Command {
  return new Command(name)
    .description(suite.summary)
    .option('--json <file>', 'also write the report as JSON')
    .option('--quick', 'only the small sizes, a tenth of the time', false)
    .option('--only <text>', 'only rows whose name contains this', '')
    .option(
      '--python <path>',
      'Python with the reference (default: SPARSE_ENCODER_PYTHON, else the parity one)',
    )
    .option('--seconds <n>', 'measured time per side and row', positiveNumber, 3)
    .option('--threads <n>', `threads each side may use (default: ${defaultThreads(suite)})`, wholeNumber(1))
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
    throw new InvalidArgumentError(`no row contains "${options.only}"; there are ${names.join('; ')}`);
  }
  const python = options.python ?? requirePython();
  const report = await runSuite(name, suite, rows, {
    python,
    threads: options.threads ?? defaultThreads(suite),
    seconds: options.quick ? options.seconds / 10 : options.seconds,
    onRow: (row, index, count) => showProgress(`[${index + 1}/${count}] ${row}`),
    onWorker: (worker) => workers.add(worker),
  });
  showProgress('');
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

function showProgress(text: string): void {
  if (process.stderr.isTTY && !process.env.CI) process.stderr.write(`\r\u001B[K${text}`);
}

const program = new Command('bench').description(
  'Speed and memory of this package beside the Python reference.',
);
for (const [name, suite] of Object.entries(SUITES)) program.addCommand(suiteCommand(name, suite));
program.addCommand(memoryCommand());
program.addCommand(latencyCommand());
program.addCommand(importCommand());
for (const command of [program, ...program.commands]) command.exitOverride();

try {
  await program.parseAsync();
} catch (error) {
  showProgress('');
  if (error instanceof CommanderError) {
    if (error instanceof InvalidArgumentError) process.stderr.write(`error: ${error.message}\n`);
    process.exitCode = error.exitCode === 0 ? 0 : EXIT.usage;
  } else {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    process.exitCode = error instanceof ReferenceUnavailableError ? EXIT.environment : EXIT.failure;
  }
}
