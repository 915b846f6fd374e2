import { resolve } from 'node:path';
import { UsageError } from '../../src/errors.js';
import { mergeReports } from './merge.js';
import { readReport } from './read-report.js';
import { clearReports, REPORT_OPTIONS, type ReportFiles } from './report-files.js';
import { showReport } from './show-report.js';

/** `sparse-encoder-parity merge`: returns the exit code of the run that the shards are parts of. */
export function mergeCommand(
  inputs: readonly string[],
  { verbose, ...options }: ReportFiles & { readonly verbose: boolean },
): number {
  const files: ReportFiles = Object.fromEntries(
    Object.entries(options).filter(([name]) => Object.hasOwn(REPORT_OPTIONS, name)),
  );
  const read = new Set(inputs.map((file) => resolve(file)));
  const replaced = Object.values(files).find((file) => file !== undefined && read.has(resolve(file)));
  if (replaced !== undefined) {
    throw new UsageError(`${replaced} is one of the reports to merge; write the result to another file`);
  }
  clearReports(files);
  const report = mergeReports(inputs.map((file) => ({ file, report: readReport(file) })));
  return showReport(report, { files, verbose });
}
