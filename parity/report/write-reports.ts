import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import type { ParityReport } from './parity-report.js';
import { type ReportFiles, writeWhole } from './report-files.js';
import { renderSvg } from './svg.js';

export function writeReports({ json, junit, svg }: ReportFiles, report: ParityReport): void {
  if (json !== undefined) writeWhole(json, renderJson(report));
  if (junit !== undefined) writeWhole(junit, renderJunit(report));
  if (svg !== undefined) writeWhole(svg, renderSvg(report.curves));
}
