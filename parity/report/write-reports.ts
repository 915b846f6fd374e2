import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { type ReportFiles, writeWhole } from './report-files.js';
import type { SuiteReport } from './report.js';

export function writeReports({ json, junit }: ReportFiles, reports: readonly SuiteReport[]): void {
  if (json !== undefined) writeWhole(json, renderJson(reports));
  if (junit !== undefined) writeWhole(junit, renderJunit(reports));
}
