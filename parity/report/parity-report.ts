import { z } from 'zod';
import { REPORT_SCHEMA_VERSION } from './schema-version.js';
import { ratioSchema, statisticsSchema } from './statistics.js';

const count = z.int().nonnegative();
const text = z.string();

/** A named text, such as a row of the environment. */
const namedSchema = z.strictObject({ name: text, value: text });

const environmentSchema = namedSchema.extend({
  /** Whether the result depends on it, so that all shards of one run must have the same. */
  pinned: z.boolean(),
});

/** A case that differs. Numbers are text, since JSON has neither NaN nor infinities nor -0. */
const failureSchema = z.strictObject({
  path: text,
  target: text,
  stratum: text,
  /** What differs: a value, a gradient, a shape, an error, ... */
  kind: text,
  tensor: text,
  coordinate: z.array(count).nullable(),
  ours: text.nullable(),
  float32: text.nullable(),
  truth: text.nullable(),
  message: text,
  /** What is probably wrong. */
  hints: z.array(text),
  ratio: ratioSchema,
  /** The shrunk inputs and options, as a reader sees them. */
  inputs: z.array(namedSchema),
  /** The command that makes the case again. */
  again: text.nullable(),
  /** The file that holds the case, and the command that judges it. */
  file: text.nullable(),
  replay: text.nullable(),
  /** Where a reader looks for the fault, from the folder of the run: the user's module, for instance. */
  source: text.nullable(),
});

/** Something that a run proves besides its comparisons. A run with a failed check does not succeed. */
const checkSchema = z.strictObject({
  group: text,
  name: text,
  failure: text.optional(),
  skipped: text.optional(),
});

const mutantsSchema = z.strictObject({
  /** What they are variants of. */
  group: text,
  total: count,
  killed: count,
  /** Variants that no case can tell from the right one; they are not among the survivors. */
  equivalent: count,
  survivors: z.array(text),
});

const quirkSchema = z.strictObject({ id: text, still: z.boolean(), seen: text });

/** What could not be checked. `broken` is a fault of the environment, all else was left out on purpose. */
const uncheckedSchema = z.strictObject({ what: text, why: text, broken: z.boolean() });

const curveSchema = z.strictObject({
  name: text,
  steps: count,
  /** A measure of both at the end. */
  ndcg10: z.strictObject({ ours: z.number(), reference: z.number() }).optional(),
  points: z.array(
    z.strictObject({ step: count, ours: z.number(), reference: z.number(), ratio: ratioSchema }),
  ),
});

export const shardSchema = z.strictObject({ index: z.int().positive(), count: z.int().positive() });

/**
 * All findings of a run, whatever it judged. Every view (terminal, JUnit, HTML, ...) is made from it alone, and it is what
 * `--json` writes.
 */
export const reportSchema = statisticsSchema.extend({
  schemaVersion: z.literal(REPORT_SCHEMA_VERSION),
  tool: z.strictObject({ name: text, version: text }),
  title: text,
  /** The command that repeats the run, all its shards together. */
  command: text,
  /** The part of the run that this report is about; none is the whole run. */
  shard: shardSchema.optional(),
  seed: z.int(),
  /** Up to this ratio ours is equal. */
  tolerance: z.number().positive(),
  environment: z.array(environmentSchema),
  summary: z.strictObject({
    cases: count,
    mismatches: count,
    seconds: z.number().nonnegative(),
    casesPerSecond: z.number().nonnegative(),
  }),
  failures: z.array(failureSchema),
  checks: z.array(checkSchema),
  warnings: z.array(text),
  unchecked: z.array(uncheckedSchema),
  /** Wrong variants, by group. Undefined: the user gave none. Empty: this run tries none. */
  mutants: z.array(mutantsSchema).optional(),
  quirks: z.array(quirkSchema).optional(),
  /** Runs of training, step by step. */
  curves: z.array(curveSchema),
});

export type ParityReport = z.infer<typeof reportSchema>;
export type ReportFailure = ParityReport['failures'][number];
export type ReportCheck = ParityReport['checks'][number];
export type ReportCurve = ParityReport['curves'][number];
export type MutantGroup = NonNullable<ParityReport['mutants']>[number];
export type Shard = z.infer<typeof shardSchema>;

/** The counts of a run. */
export function summaryOf(
  cells: readonly { readonly cases: number; readonly mismatches: number }[],
  seconds: number,
): ParityReport['summary'] {
  const cases = cells.reduce((sum, cell) => sum + cell.cases, 0);
  const mismatches = cells.reduce((sum, cell) => sum + cell.mismatches, 0);
  return { cases, mismatches, seconds, casesPerSecond: seconds > 0 ? cases / seconds : 0 };
}
