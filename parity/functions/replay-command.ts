import { tell } from '../../src/shell/tell.js';
import type { ReplayCommandOptions } from '../commands/replay.js';
import { repeatCommand } from '../report/repeat.js';
import { clearReports } from '../report/report-files.js';
import { showReport } from '../report/show-report.js';
import { replayCase } from './replay.js';

/** `sparse-encoder-parity replay`. */
export async function replayCommand(file: string, options: ReplayCommandOptions): Promise<void> {
  const { json, junit, html, codequality, verbose, ...rest } = options;
  const files = { json, junit, html, codequality };
  clearReports(files);
  const command = repeatCommand(process.argv.slice(2));
  const report = await replayCase(file, { ...rest, command }, tell);
  process.exitCode = showReport(report, { files, verbose });
}
