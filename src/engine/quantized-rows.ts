/** The rows of a matrix in codes of 7 bits, and how far those are from what they stand for. */
export interface QuantizedRows {
  /**
   * By rows, from -63 to 63. Two products with codes of 8 bits stay within 16 bits, in which processors without VNNI add
   * them.
   */
  readonly codes: Int8Array;
  /** What one of a code stands for, by row. */
  readonly scales: Float32Array;
  /** Euclidean norm of the codes of each row. */
  readonly norms: Float32Array;
  /**
   * For each row e: the product of any x with the row, computed in float32, is within e scale ||x|| of that with what the
   * codes stand for.
   */
  readonly errors: Float32Array;
}

const LARGEST_CODE = 63;

/**
 * Added to a small number and taken off again it leaves the nearest whole number: float64 has no more bits there.
 * Math.round takes longer than all the rest of the loop.
 */
const TO_WHOLE = 1.5 * 2 ** 52;

/** A row of zeros has a scale, too. */
const SMALLEST_SCALE = 2 ** -100;

/**
 * A sum of so many products in float32 is off by at most width x 2^-24 of the norms' product, in whatever order it is
 * added up (Higham, Accuracy and Stability of Numerical Algorithms, 3.1); as much again is for the rounding of bounds.
 */
const roundingOf = (width: number): number => 2 * width * 2 ** -24;

/**
 * @param matrix the rows, one after the other; one that is not finite has errors that are not either
 * @param width elements of a row
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

/** Quantized matrices of a program, which is recorded several times: of each there is one. */
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
