import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { InputError, WriteError } from '../../src/errors.js';
import type { Failure } from '../../src/shell/run-command.js';
import { testSuites } from './junit-xml.js';
import type { Shard } from './parity-report.js';
import { REPORT_SCHEMA_VERSION } from './schema-version.js';

/** The options that name report files, and what each file is. */
export const REPORT_OPTIONS = {
  json: 'write the report as JSON',
  junit: 'write the report as JUnit XML',
  html: 'write the report as one HTML file, which loads nothing',
  codequality: 'write what differs as GitLab code quality JSON',
  svg: 'with --training: draw the loss curves of both trainers',
} as const;

/** The paths of the requested reports. */
export type ReportFiles = { readonly [Kind in keyof typeof REPORT_OPTIONS]?: string | undefined };

const KINDS = Object.keys(REPORT_OPTIONS) as (keyof typeof REPORT_OPTIONS)[];

/** The files that a command line names, even if the command line is wrong otherwise. */
export function reportFilesOf(args: readonly string[]): ReportFiles {
  const { values } = parseArgs({
    args: [...args],
    strict: false,
    options: Object.fromEntries(KINDS.map((kind) => [kind, { type: 'string' as const }])),
  });
  return Object.fromEntries(
    KINDS.flatMap((kind) => {
      const value = values[kind];
      return typeof value === 'string' && value !== '' ? [[kind, value]] : [];
    }),
  );
}

/**
 * Removes the reports of an earlier run, so that existing files always come from this run.
 *
 * @throws InputError or WriteError if a file cannot be written, before anything is computed
 */
export function clearReports(files: ReportFiles): void {
  for (const file of Object.values(files)) {
    if (file === undefined) continue;
    writing(file, () => {
      mkdirSync(dirname(file), { recursive: true });
      rmSync(file, { force: true });
      writeFileSync(temporaryOf(file), '');
      rmSync(temporaryOf(file));
    });
  }
}

export function writeErrorReports({ json, junit }: ReportFiles, error: Failure, shard?: Shard): void {
  const described = { schemaVersion: REPORT_SCHEMA_VERSION, ...(shard && { shard }), error };
  if (json !== undefined) writeWhole(json, `${JSON.stringify(described, null, 2)}\n`);
  if (junit !== undefined) writeWhole(junit, junitOf(error));
}

/** One test case with an error, so that a missing report does not count as success. */
const junitOf = (error: Failure): string =>
  testSuites([{ group: 'parity', name: 'run', seconds: 0, error }], 0);

/** Synchronously, since the process may be about to end. */
export function writeWhole(file: string, text: string): void {
  const temporary = temporaryOf(file);
  try {
    writing(file, () => {
      writeFileSync(temporary, text);
      renameSync(temporary, file);
    });
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

const temporaryOf = (file: string): string => `${file}.${process.pid}.part`;

/** The place is wrong, not the machine. */
const WRONG_PLACE = ['EEXIST', 'EISDIR', 'ENOTDIR', 'ENOTEMPTY', 'ERR_FS_EISDIR'];

function writing(file: string, action: () => void): void {
  try {
    action();
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    const { code = '', message }: NodeJS.ErrnoException = error;
    if (!WRONG_PLACE.includes(code)) throw new WriteError(file, error);
    throw new InputError(`the report ${file} cannot be written: ${message}`, { cause: error });
  }
}
