import { inGitHubActions } from './annotation.js';
import { addStepSummary, annotations } from './github.js';
import type { ParityReport } from './parity-report.js';
import type { ReportFiles } from './report-files.js';
import { renderTerminal } from './terminal.js';
import { exitCodeOf } from './verdict.js';
import { writeReports } from './write-reports.js';

/**
 * Writes the requested files, prints the summary, and returns the exit code. In GitHub Actions it also annotates the job
 * and adds to its summary.
 */
export function showReport(
  report: ParityReport,
  { files, verbose }: { readonly files: ReportFiles; readonly verbose: boolean },
): number {
  writeReports(files, report);
  process.stdout.write(`${renderTerminal(report, { verbose })}\n`);
  if (inGitHubActions()) {
    process.stdout.write(
      annotations(report)
        .map((line) => `${line}\n`)
        .join(''),
    );
  }
  addStepSummary(report);
  return exitCodeOf(report);
}
