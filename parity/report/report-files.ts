import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Failure } from '../../src/shell/run-command.js';
import { testSuites } from './junit-xml.js';

export const REPORT_SCHEMA_VERSION = 2;

/** Where reports are wanted. */
export interface ReportFiles {
  readonly json?: string | undefined;
  readonly junit?: string | undefined;
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

export function writeErrorReports({ json, junit }: ReportFiles, error: Failure): void {
  const described = { schemaVersion: REPORT_SCHEMA_VERSION, error };
  if (json !== undefined) writeWhole(json, `${JSON.stringify(described, null, 2)}\n`);
  if (junit !== undefined) writeWhole(junit, junitOf(error));
}

/** One test case with an error, so that nobody takes its absence for success. */
const junitOf = (error: Failure): string =>
  testSuites([{ group: 'parity', name: 'run', seconds: 0, error }], 0);

/** At once, since the process may be about to end. */
export function writeWhole(file: string, text: string): void {
  const temporary = `${file}.${process.pid}.part`;
  try {
    writeFileSync(temporary, text);
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
