#!/usr/bin/env node
import { UsageError } from '../src/errors.js';
import { type Failure, runCommand } from '../src/shell/run-command.js';
import { tell } from '../src/shell/tell.js';
import { type ParityOptions, parityCommand, WORKER } from './command.js';
import { comparesSomething } from './commands/add-subcommands.js';
import { annotation, inGitHubActions } from './report/annotation.js';
import { clearReports, reportFilesOf, writeErrorReports } from './report/report-files.js';
import { shardOf } from './shard.js';

const words = process.argv.slice(2);
const compares = comparesSomething(words);
const files = compares ? reportFilesOf(words) : {};

// Modules that compute or need optional packages are loaded inside, so that a missing package is reported like any
// other error.
async function main(options: ParityOptions): Promise<void> {
  if (options.list) {
    if (Object.keys(files).length > 0) {
      throw new UsageError(
        `--list compares nothing, so there is no report; leave out --${Object.keys(files).join(', --')}`,
      );
    }
    const { renderList } = await import('./report/list.js');
    process.stdout.write(renderList(options.losses, options.formats));
    return;
  }
  clearReports(files);
  const { runParity } = await import('./run.js');
  const { repeatCommand } = await import('./report/repeat.js');
  const { reportOfSuite } = await import('./report/suite-report.js');
  const { showReport } = await import('./report/show-report.js');
  const suites = await runParity(options, tell);
  const command = repeatCommand(words);
  process.exitCode = showReport(reportOfSuite(suites, { command, shard: options.shard }), {
    files,
    verbose: options.verbose,
  });
}

function tellReports(failure: Failure): void {
  if (inGitHubActions()) {
    process.stdout.write(`${annotation('error', 'sparse-encoder-parity', failure.message)}\n`);
  }
  try {
    clearReports(files);
    writeErrorReports(files, failure, shardOf(words));
  } catch (cause) {
    tell(`no report could be written: ${String(cause)}`);
  }
}

if (process.env[WORKER] !== undefined && process.connected) {
  const { runWorker } = await import('./workers/worker.js');
  await runWorker();
} else {
  await runCommand(() => parityCommand(main), {
    onFailure: tellReports,
    // One cause is a port that ends the process: without a report the run was not a success.
    ...(compares && { unfinished: 'parity ended before it had compared all' }),
  });
}
