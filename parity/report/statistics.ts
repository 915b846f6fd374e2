import { z } from 'zod';

/** Our error over PyTorch's. null is infinite: a mismatch without a measure. */
export const ratioSchema = z.number().nonnegative().nullable();
const count = z.int().nonnegative();

/** What is known of a target (a loss, a model, a user's function) on data of one stratum. */
const cellSchema = z.strictObject({
  target: z.string(),
  stratum: z.string(),
  cases: count,
  mismatches: count,
  valueRatio: ratioSchema,
  gradientRatio: ratioSchema,
  seconds: z.number().nonnegative(),
});

/** A coordinate that is far from the truth. Numbers are text, since JSON has neither NaN nor infinities nor -0. */
const coordinateSchema = z.strictObject({
  target: z.string(),
  stratum: z.string(),
  path: z.string(),
  tensor: z.string(),
  coordinate: z.array(z.int().nonnegative()),
  ours: z.string(),
  float32: z.string(),
  truth: z.string(),
  ratio: ratioSchema,
});

/**
 * How far ours and the float32 reference are from the truth. It is bounded in size whatever the number of cases, and
 * plain JSON, so that it can be joined (`StatisticsCollector.absorb`) across workers and shards.
 */
export const statisticsSchema = z.strictObject({
  cells: z.array(cellSchema),
  /** Coordinates by their distance from the truth in float32 steps, up to and with `upTo`; null has no limit. */
  ulps: z.array(z.strictObject({ upTo: z.int().nullable(), ours: count, float32: count })),
  /**
   * Coordinates by powers of ten: `magnitude` is floor(log10 |truth|), null where the truth is 0; `error` is
   * floor(log10 |number - truth|), null where the number is exact.
   */
  errors: z.array(
    z.strictObject({ magnitude: z.int().nullable(), error: z.int().nullable(), ours: count, float32: count }),
  ),
  /** The largest error by the truth's power of ten. */
  largest: z.array(z.strictObject({ magnitude: z.int().nullable(), ours: z.number(), float32: z.number() })),
  /** The worst coordinate of each target and tensor; the worst of them come first. */
  worst: z.array(coordinateSchema),
  /** Points at which the function has no derivative or a choice, such as ties: cases that have some, and how many. */
  points: z.array(z.strictObject({ name: z.string(), cases: count, points: count })),
  /** Coordinates that are 0 on all sides, and those of which one is not finite. They are in no histogram. */
  zeros: count,
  nonFinite: count,
});

export type Ratio = z.infer<typeof ratioSchema>;
export type ReportCell = z.infer<typeof cellSchema>;
export type WorstCoordinate = z.infer<typeof coordinateSchema>;
export type ParityStatistics = z.infer<typeof statisticsSchema>;

export const ratioOf = (ratio: number): Ratio => (Number.isFinite(ratio) ? ratio : null);

/** The larger ratio; null is the largest. */
export const largerRatio = (one: Ratio, other: Ratio): Ratio =>
  one === null || other === null ? null : Math.max(one, other);

/** Sorts the largest ratio first. */
export const byRatio = (one: { readonly ratio: Ratio }, other: { readonly ratio: Ratio }): number =>
  one.ratio === other.ratio ? 0 : (other.ratio ?? Infinity) - (one.ratio ?? Infinity);

/**
 * A number as text that JSON cannot spoil; a float32 by its shortest decimal: 0.1 instead of 0.10000000149011612.
 */
export function numberText(value: number): string {
  if (Object.is(value, -0)) return '-0';
  if (Math.fround(value) !== value) return String(value);
  for (let digits = 1; digits < 10; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) === value) return String(short);
  }
  return String(value);
}
