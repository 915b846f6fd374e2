import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { renderJson, REPORT_SCHEMA_VERSION } from './json.js';
import { renderJunit, renderJunitError } from './junit.js';
import type { SuiteReport } from './report.js';

/** Where reports are wanted. */
export interface ReportFiles {
  readonly json?: string | undefined;
  readonly junit?: string | undefined;
}

/** How a run ended that has no report. */
export interface RunError {
  readonly kind: 'wrong use' | 'environment' | 'defect' | 'interrupted';
  readonly exitCode: number;
  readonly message: string;
}

/** The files that a command line names, also one that is wrong otherwise. */
export function reportFilesOf(args: readonly string[]): ReportFiles {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ args: [...args], strict: false, options: { json: text, junit: text } });
  const named = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  return { json: named(values['json']), junit: named(values['junit']) };
}

/** Removes what an earlier run has left: whoever finds a file finds that of this run. */
export function clearReports({ json, junit }: ReportFiles): void {
  for (const file of [json, junit]) {
    if (file === undefined) continue;
    mkdirSync(dirname(file), { recursive: true });
    rmSync(file, { force: true });
  }
}

export function writeReports({ json, junit }: ReportFiles, report: SuiteReport): void {
  if (json !== undefined) writeWhole(json, renderJson(report));
  if (junit !== undefined) writeWhole(junit, renderJunit(report));
}

export function writeErrorReports({ json, junit }: ReportFiles, error: RunError): void {
  const described = { schemaVersion: REPORT_SCHEMA_VERSION, error };
  if (json !== undefined) writeWhole(json, `${JSON.stringify(described, null, 2)}\n`);
  if (junit !== undefined) writeWhole(junit, renderJunitError(error.kind, error.message));
}

/** At once, since the process may be about to end. */
function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.part`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
