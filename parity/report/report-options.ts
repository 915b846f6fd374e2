import type { Command } from 'commander';
import { REPORT_OPTIONS, type ReportFiles } from './report-files.js';

/** Where and how a command reports that draws no training. */
export type ReportOptions = Omit<ReportFiles, 'svg'> & { readonly verbose: boolean };

/** Adds the options that name report files, and the one for the table in the terminal. */
export function addReportOptions(command: Command, leaveOut: readonly (keyof ReportFiles)[] = []): Command {
  for (const [kind, what] of Object.entries(REPORT_OPTIONS)) {
    if (!leaveOut.some((left) => left === kind)) command.option(`--${kind} <file>`, what);
  }
  return command.option('--verbose', 'print a line for each target, not only where something differs', false);
}
