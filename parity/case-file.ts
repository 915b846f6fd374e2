import { z } from 'zod';
import type { CaseColumn, ParityCase } from './case.js';
import type { ReferenceLegs } from './compare.js';
import {
  CaseFileError,
  legsSchema,
  loadLegs,
  loadTensor,
  storeLegs,
  storeTensor,
  tensorSchema,
} from './stored-legs.js';

/** A case with the reference's results: enough to judge an implementation without Python. */
export interface JudgedCase {
  readonly case: ParityCase;
  readonly legs: ReferenceLegs;
}

export const CASE_SCHEMA_VERSION = 2;

const numberTag = z.strictObject({ number: z.string() });
const optionSchema = z.union([z.string(), z.number(), z.boolean(), z.null(), z.array(z.string()), numberTag]);

const caseSchema = z.strictObject({
  loss: z.string(),
  wrapper: z.enum(['none', 'SpladeLoss', 'CachedSpladeLoss', 'CSRLoss']),
  format: z.string(),
  stratum: z.string(),
  lossOptions: z.record(z.string(), optionSchema),
  wrapperOptions: z.record(z.string(), optionSchema),
  columns: z.array(z.record(z.string(), tensorSchema.nullable())),
  labels: tensorSchema.nullable(),
});

const judgedSchema = z.strictObject({
  schemaVersion: z.literal(CASE_SCHEMA_VERSION),
  case: caseSchema,
  legs: legsSchema,
});

/** A judged case as a JSON value. */
export function storeCase(judged: JudgedCase): z.infer<typeof judgedSchema> {
  const { columns, labels, ...rest } = judged.case;
  return {
    schemaVersion: CASE_SCHEMA_VERSION,
    case: {
      ...rest,
      lossOptions: { ...rest.lossOptions } as z.infer<typeof caseSchema>['lossOptions'],
      wrapperOptions: { ...rest.wrapperOptions } as z.infer<typeof caseSchema>['wrapperOptions'],
      columns: columns.map((column) =>
        mapValues(column, (tensor) => (tensor === null ? null : storeTensor(tensor))),
      ),
      labels: labels === null ? null : storeTensor(labels),
    },
    legs: storeLegs(judged.legs),
  };
}

/** Reads what `storeCase` wrote. Throws a CaseFileError that names the position of a fault. */
export function loadCase(value: unknown, source: string): JudgedCase {
  const parsed = judgedSchema.safeParse(value);
  if (!parsed.success) {
    throw new CaseFileError(`${source} is not a parity case:\n${z.prettifyError(parsed.error)}`);
  }
  const { case: stored, legs } = parsed.data;
  const columns: CaseColumn[] = stored.columns.map((column) =>
    mapValues(column, (tensor) => (tensor === null ? null : loadTensor(tensor, source))),
  );
  const labels = stored.labels === null ? null : loadTensor(stored.labels, source);
  return {
    case: { ...stored, columns, labels },
    legs: loadLegs(legs, source),
  };
}

function mapValues<T, U>(record: Readonly<Record<string, T>>, map: (value: T) => U): Record<string, U> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, map(value)]));
}
