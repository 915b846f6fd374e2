import { renderCodequality } from './codequality.js';
import { renderHtml } from './html/render-html.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import type { ParityReport } from './parity-report.js';
import { type ReportFiles, writeWhole } from './report-files.js';
import { renderSvg } from './svg.js';

export function writeReports(
  { json, junit, svg, html, codequality }: ReportFiles,
  report: ParityReport,
): void {
  if (json !== undefined) writeWhole(json, renderJson(report));
  if (junit !== undefined) writeWhole(junit, renderJunit(report));
  if (html !== undefined) writeWhole(html, renderHtml(report));
  if (codequality !== undefined) writeWhole(codequality, renderCodequality(report));
  if (svg !== undefined) writeWhole(svg, renderSvg(report.curves));
}
