/** The rows of a matrix as codes of 7 bits, and bounds of the errors of those codes. */
export interface QuantizedRows {
  /**
   * Codes from -63 to 63, row by row. The sum of two products with codes of 8 bits then fits into 16 bits, which
   * processors without VNNI use for it.
   */
  readonly codes: Int8Array;
  /** The value of one unit of a code, per row. */
  readonly scales: Float32Array;
  /** Euclidean norm of the codes of each row. */
  readonly norms: Float32Array;
  /**
   * For each row a factor e: for any x, the float32 product of x with the row differs by at most e scale ||x|| from the
   * product with the decoded row.
   */
  readonly errors: Float32Array;
}

export const LARGEST_CODE = 63;

/**
 * Adding this to a small number and subtracting it again rounds to the nearest whole number, since float64 has no more
 * bits there. Math.round takes longer than all the rest of the loop.
 */
const TO_WHOLE = 1.5 * 2 ** 52;

/** A row of zeros still needs a scale. */
const SMALLEST_SCALE = 2 ** -100;

/**
 * A float32 sum of this many products is off by at most width x 2^-24 of the product of the norms, whatever the order
 * of the terms (Higham, Accuracy and Stability of Numerical Algorithms, 3.1). The factor 2 covers the rounding of the
 * bounds.
 */
export const roundingOf = (width: number): number => 2 * width * 2 ** -24;

/**
 * @param matrix the rows, one after another; the errors of a row with elements that are not finite are not finite
 *   either
 * @param width elements per row
 */
export function quantizeRows(matrix: Float32Array, width: number): QuantizedRows {
  const rows = matrix.length / width;
  const codes = new Int8Array(matrix.length);
  const scales = new Float32Array(rows);
  const norms = new Float32Array(rows);
  const errors = new Float32Array(rows);
  for (let row = 0; row < rows; row++) {
    const begin = row * width;
    const end = begin + width;
    let largest = 0;
    for (let at = begin; at < end; at++) {
      const size = Math.abs(matrix[at] as number);
      if (size > largest) largest = size;
    }
    const scale = Math.max(Math.fround(largest / LARGEST_CODE), SMALLEST_SCALE);
    const inverse = 1 / scale;
    let ofCodes = 0;
    let ofRow = 0;
    let ofError = 0;
    for (let at = begin; at < end; at++) {
      const value = matrix[at] as number;
      const code = value * inverse + TO_WHOLE - TO_WHOLE;
      const error = value - code * scale;
      codes[at] = code;
      ofCodes += code * code;
      ofRow += value * value;
      ofError += error * error;
    }
    scales[row] = scale;
    norms[row] = Math.sqrt(ofCodes);
    errors[row] = (Math.sqrt(ofError) + roundingOf(width) * Math.sqrt(ofRow)) / scale;
  }
  return { codes, scales, norms, errors };
}

/** Quantized matrices of a program. The program is recorded several times; each matrix is quantized once. */
export class QuantizedMatrices {
  readonly #known = new Map<Float32Array, QuantizedRows>();
  readonly #quantize: typeof quantizeRows;

  constructor(quantize = quantizeRows) {
    this.#quantize = quantize;
  }

  of(matrix: Float32Array, width: number): QuantizedRows {
    const known = this.#known.get(matrix) ?? this.#quantize(matrix, width);
    this.#known.set(matrix, known);
    return known;
  }
}
