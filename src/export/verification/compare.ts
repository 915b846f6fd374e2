/**
 * How an exported file is judged. For each text the encoder's embedding is the expected one. An exported float32 graph
 * may differ from the encoder as much as the encoder differs from itself when the same texts are in other batches, with
 * other padding and other orders of sums:
 *
 *     error <= TOLERANCE x max( error of the encoder with itself, FLOOR_ULPS ulps )
 *
 * On an engine that sums in one order in every batch, its parameters are nudged instead: see `nudgedEmbedder`.
 *
 * The constants are those of the parity of whole models. Every error is a share of the scale of its text: its largest
 * weight, or the mean of all texts' largest weights if that is larger. The reason is that logits are sums. If the parts
 * of a sum nearly cancel, its rounding error is still that of the parts, which are as large as elsewhere in the model,
 * and log(1 + relu(x)) of a small x has the absolute error of x. So a text whose only term is weak is no more exact
 * than the others, in absolute numbers. The parity of whole models uses the largest weight of all texts, which is never
 * less.
 *
 * The same bound is the band around zero in which a term may be active on only one side. For an embedding with as many
 * terms as allowed, the band is around its smallest weight. For fp16 the ulps are float16's, and int8 has no such
 * bound: see `distance`.
 */
import { rowOf, type SparseRow } from '../../sparse/row.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { Precision } from '../formats.js';

export const TOLERANCE = 16;
export const FLOOR_ULPS = 4;

/** The unit of errors, for messages. */
export const ERROR_UNIT =
  "shares of a text's largest weight, or of the mean of all texts' largest weights if that is more";

/** The distance between 1 and the next number. */
const ULPS: Readonly<Record<Exclude<Precision, 'int8'>, number>> = { fp32: 2 ** -23, fp16: 2 ** -10 };

export interface Agreement {
  readonly texts: number;
  /** The largest difference of a weight, relative to the scale of its text. */
  readonly worstError: number;
  /** The bound of the error; null if the precision has none. */
  readonly allowedError: number | null;
  /** Terms that are active on only one side: beyond the allowed error, and within it. */
  readonly supportDifferences: number;
  readonly supportDifferencesInBand: number;
  /** Active terms of the encoder's embeddings. */
  readonly activeTerms: number;
  /**
   * Smallest and mean cosine between the two embeddings of a text. For a text with hardly any terms they say little.
   */
  readonly cosine: { readonly least: number; readonly mean: number };
  /**
   * Euclidean distance from the expected embeddings. `whole`: of all texts, relative to the length of all. `worst`: the
   * largest of a text, relative to its length or to that of an average text if that is larger.
   */
  readonly distance: { readonly whole: number; readonly worst: number };
  /** The position of the largest error. */
  readonly worst: {
    readonly text: number;
    readonly dimension: number;
    readonly expected: number;
    readonly found: number;
  };
}

export interface ComparisonOptions {
  readonly precision: Precision;
  /** The most active dimensions of both; null means no limit. */
  readonly maxActiveDims: number | null;
  /** The share of the distance between `expected` and `spread` that rounding accounts for. Default 1. */
  readonly spreadShare?: number;
}

/**
 * Compares embeddings of the same texts.
 *
 * @param spread embeddings of the same texts by the encoder that made `expected`, but rounded in another way, as in
 *   other batches
 */
export function compareEmbeddings(
  expected: SparseMatrix,
  found: SparseMatrix,
  spread: SparseMatrix,
  { precision, maxActiveDims, spreadShare = 1 }: ComparisonOptions,
): Agreement {
  const scales = scalesOf(expected);
  const own = differences(expected, spread, { scales, band: 0, maxActiveDims });
  const allowedError =
    precision === 'int8'
      ? null
      : TOLERANCE * Math.max(spreadShare * own.worstError, FLOOR_ULPS * ULPS[precision]);
  const { worstError, outside, inside, worst } = differences(expected, found, {
    scales,
    band: allowedError ?? 0,
    maxActiveDims,
  });
  const cosines = Array.from({ length: expected.rows }, (_, row) =>
    cosine(rowOf(expected, row), rowOf(found, row)),
  );
  return {
    texts: expected.rows,
    worstError,
    allowedError,
    supportDifferences: outside,
    supportDifferencesInBand: inside,
    activeTerms: expected.indices.length,
    cosine: {
      least: cosines.reduce((least, each) => Math.min(least, each), 1),
      mean: cosines.length === 0 ? 1 : cosines.reduce((sum, each) => sum + each, 0) / cosines.length,
    },
    distance: distanceOf(expected, found),
    worst,
  };
}

interface Differences {
  readonly worstError: number;
  readonly outside: number;
  readonly inside: number;
  readonly worst: Agreement['worst'];
}

interface Bounds {
  /** The scale of each text. */
  readonly scales: readonly number[];
  /** A weight may be on only one side within this band, relative to the scale of its text. */
  readonly band: number;
  readonly maxActiveDims: number | null;
}

function differences(
  expected: SparseMatrix,
  found: SparseMatrix,
  { scales, band, maxActiveDims }: Bounds,
): Differences {
  let worst: Agreement['worst'] = { text: 0, dimension: 0, expected: 0, found: 0 };
  let [worstError, outside, inside] = [0, 0, 0];
  for (let text = 0; text < expected.rows; text++) {
    const [row, other] = [rowOf(expected, text), rowOf(found, text)];
    // Every term beyond the limit is on only one side, however small it is.
    outside += Math.max(0, other.values.length - (maxActiveDims ?? Infinity));
    const scale = scales[text] as number;
    const [cutOfRow, cutOfOther] = [cutOf(row, maxActiveDims), cutOf(other, maxActiveDims)];
    for (const [dimension, a, b] of inBoth(row, other)) {
      const missing = a === 0 || b === 0;
      // The missing weight was at most as large as the smallest that was kept.
      const error = Math.max(0, Math.abs(a - b) - (missing ? (a === 0 ? cutOfRow : cutOfOther) : 0)) / scale;
      if (error > worstError) {
        worstError = error;
        worst = { text, dimension, expected: a, found: b };
      }
      if (!missing) continue;
      if (error > band) outside++;
      else inside++;
    }
  }
  return { worstError, outside, inside, worst };
}

/** The largest weight of each text, or the mean of the texts' largest weights if that is larger. */
function scalesOf(expected: SparseMatrix): number[] {
  const largest = Array.from({ length: expected.rows }, (_, text) =>
    rowOf(expected, text).values.reduce((most, value) => Math.max(most, Math.abs(value)), 0),
  );
  const mean = largest.reduce((sum, each) => sum + each, 0) / Math.max(1, largest.length);
  return largest.map((each) => Math.max(each, mean, SMALLEST_SCALE));
}

/** The smallest weight of an embedding with as many terms as allowed; otherwise 0. */
function cutOf({ values }: SparseRow, maxActiveDims: number | null): number {
  return values.length === maxActiveDims ? Math.min(...values.map(Math.abs)) : 0;
}

/** Used if no text has an active term. */
const SMALLEST_SCALE = 2 ** -126;

/** Every dimension that is active on at least one side, with both weights. */
function* inBoth(a: SparseRow, b: SparseRow): Generator<[dimension: number, a: number, b: number]> {
  let [i, j] = [0, 0];
  while (i < a.indices.length || j < b.indices.length) {
    const left = a.indices[i] ?? Infinity;
    const right = b.indices[j] ?? Infinity;
    const dimension = Math.min(left, right);
    yield [
      dimension,
      left === dimension ? (a.values[i++] as number) : 0,
      right === dimension ? (b.values[j++] as number) : 0,
    ];
  }
}

function distanceOf(expected: SparseMatrix, found: SparseMatrix): Agreement['distance'] {
  const texts = Array.from({ length: expected.rows }, (_, text) => {
    let [apart, length] = [0, 0];
    for (const [, a, b] of inBoth(rowOf(expected, text), rowOf(found, text))) {
      apart += (a - b) ** 2;
      length += a ** 2;
    }
    return { apart, length };
  });
  const sum = (of: 'apart' | 'length'): number => texts.reduce((total, each) => total + each[of], 0);
  const average = sum('length') / Math.max(1, texts.length);
  const over = (apart: number, length: number): number => (apart === 0 ? 0 : Math.sqrt(apart / length));
  return {
    whole: over(sum('apart'), sum('length')),
    worst: texts.reduce(
      (worst, { apart, length }) => Math.max(worst, over(apart, Math.max(length, average))),
      0,
    ),
  };
}

/** The cosine of two embeddings: 1 if neither has active terms, 0 if only one has. */
function cosine(a: SparseRow, b: SparseRow): number {
  let [product, ofA, ofB] = [0, 0, 0];
  for (const [, left, right] of inBoth(a, b)) {
    product += left * right;
    ofA += left * left;
    ofB += right * right;
  }
  if (ofA === 0 || ofB === 0) return ofA === ofB ? 1 : 0;
  return product / Math.sqrt(ofA * ofB);
}
