import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { type ReportFiles, writeWhole } from './report-files.js';
import type { SuiteReport } from './report.js';
import { renderSvg } from './svg.js';

export function writeReports({ json, junit, svg }: ReportFiles, reports: readonly SuiteReport[]): void {
  if (json !== undefined) writeWhole(json, renderJson(reports));
  if (junit !== undefined) writeWhole(junit, renderJunit(reports));
  if (svg !== undefined) writeWhole(svg, renderSvg(reports.flatMap(({ training }) => training)));
}
