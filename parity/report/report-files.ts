import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import type { Failure } from '../../src/shell/run-command.js';
import { testSuites } from './junit-xml.js';
import { REPORT_SCHEMA_VERSION } from './schema-version.js';

/** The paths of the requested reports. */
export interface ReportFiles {
  readonly json?: string | undefined;
  readonly junit?: string | undefined;
  /** A drawing, of which there is none of a run that failed. */
  readonly svg?: string | undefined;
}

/** The files that a command line names, even if the command line is wrong otherwise. */
export function reportFilesOf(args: readonly string[]): ReportFiles {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: { json: text, junit: text, svg: text },
  });
  const named = (value: unknown): string | undefined =>
    typeof value === 'string' && value !== '' ? value : undefined;
  return { json: named(values['json']), junit: named(values['junit']), svg: named(values['svg']) };
}

/** Removes the reports of an earlier run, so that existing files always come from this run. */
export function clearReports({ json, junit, svg }: ReportFiles): void {
  for (const file of [json, junit, svg]) {
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

/** One test case with an error, so that a missing report does not count as success. */
const junitOf = (error: Failure): string =>
  testSuites([{ group: 'parity', name: 'run', seconds: 0, error }], 0);

/** Synchronously, since the process may be about to end. */
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
