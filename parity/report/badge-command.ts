import { renderBadge } from './badge.js';
import { readReport } from './read-report.js';
import { writeWhole } from './report-files.js';

/** `sparse-encoder-parity badge`. */
export function badgeCommand(file: string, output: string): void {
  writeWhole(output, renderBadge(readReport(file)));
  process.stdout.write(`${output}\n`);
}
