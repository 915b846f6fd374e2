import { tell } from '../../src/shell/tell.js';
import type { RunOptions } from '../commands/run.js';
import { repeatCommand } from '../report/repeat.js';
import { clearReports } from '../report/report-files.js';
import { showReport } from '../report/show-report.js';
import { loadConfig } from './load-config.js';
import { runFunctions } from './run-functions.js';

/** `sparse-encoder-parity run`. */
export async function runCommandOf(options: RunOptions): Promise<void> {
  const { config, json, junit, html, codequality, verbose, ...rest } = options;
  const files = { json, junit, html, codequality };
  clearReports(files);
  const loaded = await loadConfig(config);
  const command = repeatCommand(process.argv.slice(2));
  const report = await runFunctions(loaded, { ...rest, command }, tell);
  process.exitCode = showReport(report, { files, verbose });
}
