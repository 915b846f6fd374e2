#!/usr/bin/env node
import { CommanderError } from 'commander';
import { EXIT, exitCodeOf } from '../src/cli/exit-codes.js';
import { exitOnSignals } from '../src/cli/exit-on-signals.js';
import { UsageError } from '../src/errors.js';
import { parityCommand } from './command.js';
import { clearReports, reportFilesOf, type RunError, writeErrorReports } from './report/report-files.js';

const files = reportFilesOf(process.argv.slice(2));
let isTold = false;

exitOnSignals();
// Whatever ends the process, a port that exits among it: without a report that says so it was not a success.
process.on('exit', (code) => {
  if (isTold) return;
  const interrupted = code === EXIT.interrupted || code === EXIT.terminated || code === EXIT.hungUp;
  process.exitCode = interrupted ? code : EXIT.defect;
  tellReports({
    kind: interrupted ? 'interrupted' : 'defect',
    exitCode: process.exitCode,
    message: `the process ended with code ${code} before the comparison did`,
  });
  if (!interrupted) process.stderr.write('parity ended before it had compared all\n');
});
process.on('uncaughtException', (error) => {
  const code = tell(error);
  isTold = true;
  process.exit(code);
});

// What needs optional packages is loaded inside, so that a missing one is reported like every other error.
const command = parityCommand(async (options) => {
  if (options.list) {
    if (files.json !== undefined || files.junit !== undefined)
      throw new UsageError('--list compares nothing, so there is no report; leave out --json and --junit');
    const { renderList } = await import('./report/list.js');
    process.stdout.write(renderList(options.losses, options.formats));
    return;
  }
  clearReports(files);
  const { runParity } = await import('./run.js');
  const { hasFinding } = await import('./report/checks.js');
  const { renderTerminal } = await import('./report/terminal.js');
  const { writeReports } = await import('./report/write-reports.js');
  const report = await runParity(options, (line) => process.stderr.write(`${line}\n`));
  writeReports(files, report);
  process.stdout.write(`${renderTerminal(report)}\n`);
  if (hasFinding(report)) process.exitCode = EXIT.finding;
});

try {
  await command.exitOverride().parseAsync();
} catch (error) {
  process.exitCode = tell(error);
}
isTold = true;

/** Says what went wrong, on standard error and in the reports. Returns the exit code. */
function tell(error: unknown): number {
  const message = error instanceof Error ? error.message : String(error);
  if (error instanceof CommanderError) {
    if (error.exitCode === 0) return EXIT.fine;
    tellReports({ kind: 'wrong use', exitCode: EXIT.wrongUse, message });
    return EXIT.wrongUse;
  }
  const known = exitCodeOf(error);
  // Mismatches are reported, not thrown: any other error is a defect of ours.
  const exitCode = known === EXIT.finding ? EXIT.defect : known;
  const kinds: Record<number, RunError['kind']> = {
    [EXIT.wrongUse]: 'wrong use',
    [EXIT.environment]: 'environment',
  };
  const said = exitCode === EXIT.defect && error instanceof Error ? error.stack : message;
  process.stderr.write(`${said}\n`);
  tellReports({ kind: kinds[exitCode] ?? 'defect', exitCode, message });
  return exitCode;
}

function tellReports(error: RunError): void {
  try {
    clearReports(files);
    writeErrorReports(files, error);
  } catch (cause) {
    process.stderr.write(`no report could be written: ${String(cause)}\n`);
  }
}
