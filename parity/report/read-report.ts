import { z } from 'zod';
import { InputError } from '../../src/errors.js';
import { readJsonFile } from '../read-json-file.js';
import { type ParityReport, reportSchema, shardSchema } from './parity-report.js';
import { REPORT_SCHEMA_VERSION } from './schema-version.js';

/** What `--json` writes for a run that had no end. */
const failedSchema = z.strictObject({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  shard: shardSchema.optional(),
  error: z.strictObject({ kind: z.string(), exitCode: z.int(), message: z.string() }),
});

export type FailedRun = z.infer<typeof failedSchema>;

/** @throws InputError if the file is not a report of this version */
export function readReport(file: string): ParityReport | FailedRun {
  const value = readJsonFile(file);
  const { schemaVersion } = z.looseObject({ schemaVersion: z.unknown() }).safeParse(value).data ?? {};
  if (schemaVersion !== REPORT_SCHEMA_VERSION) {
    throw new InputError(
      schemaVersion === undefined
        ? `${file} is not a report of sparse-encoder-parity; expected what --json writes`
        : `${file} is a report of version ${JSON.stringify(schemaVersion)}; this program reads version ${REPORT_SCHEMA_VERSION}`,
    );
  }
  const failed = failedSchema.safeParse(value);
  if (failed.success) return failed.data;
  const report = reportSchema.safeParse(value);
  if (report.success) return report.data;
  throw new InputError(`${file} is not a whole report:\n${z.prettifyError(report.error)}`);
}
