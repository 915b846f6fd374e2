import { z } from 'zod';
import { reportSchema } from './parity-report.js';

/** The path of the schema inside the package. */
export const REPORT_SCHEMA_FILE = 'parity-report.schema.json';

/** A JSON Schema of what `--json` writes for a run that came to its end. */
export const reportJsonSchema = (): object => ({
  title: 'A report of sparse-encoder-parity',
  ...z.toJSONSchema(reportSchema, { target: 'draft-7' }),
});
