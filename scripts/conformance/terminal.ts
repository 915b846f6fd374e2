import { styleText } from 'node:util';
import Table from 'cli-table3';
import { counted } from '../../src/counted.js';
import type { ConformanceReport, Counts, ReportedSpec } from './report.js';

export interface RenderOptions {
  colours: boolean;
  /** Whether to print the messages of failed specs. */
  verbose: boolean;
}

/** The files where not everything passed, the missing kernels, and the counts, next to the counts of a control run. */
export function renderReport(
  report: ConformanceReport,
  control: ConformanceReport | undefined,
  { colours, verbose }: RenderOptions,
): string {
  const red = (text: string) => (colours ? styleText('red', text) : text);
  return [
    ...filesTable(report, control, colours),
    ...(verbose ? report.specs.flatMap((spec) => renderSpec(spec, red)) : []),
    ...missing(report),
    ...report.needlessExcuses.map((excuse) => red(`no longer needs its excuse: ${excuse}`)),
    `${report.backend}: ${describeCounts(report.summary)}`,
    ...(control ? [`${control.backend}: ${describeCounts(control.summary)}`] : []),
  ].join('\n');
}

function filesTable(
  report: ConformanceReport,
  control: ConformanceReport | undefined,
  colours: boolean,
): string[] {
  const rows = report.files.filter(({ failed, unsupported, excused }) => failed + unsupported + excused > 0);
  if (rows.length === 0) return [];
  const heads = ['passed', 'failed', 'unsupported', 'excused'] as const;
  const table = new Table({
    head: ['test file', ...heads, ...(control ? [`${control.backend} passed`] : [])],
    colAligns: ['left', ...heads.map(() => 'right' as const), 'right'],
    style: colours ? { head: ['bold'], compact: true } : { head: [], border: [], compact: true },
  });
  for (const row of rows) {
    const beside = control?.files.find(({ file }) => file === row.file)?.passed ?? 0;
    table.push([row.file, ...heads.map((head) => row[head] || ''), ...(control ? [beside] : [])]);
  }
  const others = report.files.length - rows.length;
  return [
    table.toString(),
    ...(others > 0 ? [`and ${counted(others, 'file')} where every spec passed`] : []),
    '',
  ];
}

const SHOWN_CALLERS = 5;

function renderSpec({ file, name, outcome, messages, stack }: ReportedSpec, red: (text: string) => string) {
  if (outcome !== 'failed') return [];
  return [
    red(`${file}: ${name}`),
    ...messages.map((message) => `  ${message.replaceAll('\n', '\n  ')}`),
    ...stack.slice(0, SHOWN_CALLERS).map((caller) => `    at ${caller}`),
    '',
  ];
}

function missing({ missingKernels }: ConformanceReport): string[] {
  if (missingKernels.length === 0) return [];
  const list = missingKernels.map(({ kernel, specs }) => `${kernel} ${specs}`).join(', ');
  return [`missing kernels, and the specs that need them: ${list}`, ''];
}

function describeCounts({ passed, failed, unsupported, excused }: Counts): string {
  return `${passed} passed, ${failed} failed, ${unsupported} unsupported, ${excused} excused`;
}
