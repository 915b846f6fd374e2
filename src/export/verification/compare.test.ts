import { describe, expect, it } from 'vitest';
import { sparseFromDense } from '../../sparse/from-dense.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import {
  type Agreement,
  compareEmbeddings,
  type ComparisonOptions,
  FLOOR_ULPS,
  TOLERANCE,
} from './compare.js';

const matrix = (...rows: (readonly number[])[]): SparseMatrix =>
  sparseFromDense(Float32Array.from(rows.flat()), rows.length, rows[0]?.length ?? 0);

interface Given extends Partial<ComparisonOptions> {
  /** The encoder's embeddings in other batches. Default: the same. */
  readonly spread?: SparseMatrix;
}

function compared(
  expected: SparseMatrix,
  found: SparseMatrix,
  { spread = expected, precision = 'fp32', maxActiveDims = null, ...rest }: Given = {},
): Agreement {
  return compareEmbeddings(expected, found, spread, { precision, maxActiveDims, ...rest });
}

/** The error that float32 is always allowed, relative to the largest weight. */
const FLOOR = TOLERANCE * FLOOR_ULPS * 2 ** -23;

describe('compareEmbeddings', () => {
  it('finds nothing between the same embeddings', () => {
    const same = matrix([0, 1, 2, 0], [0, 0, 0, 0], [4, 0, -3, 0]);
    expect(compared(same, same)).toEqual({
      texts: 3,
      worstError: 0,
      allowedError: FLOOR,
      supportDifferences: 0,
      supportDifferencesInBand: 0,
      activeTerms: 4,
      cosine: { least: 1, mean: 1 },
      distance: { whole: 0, worst: 0 },
      worst: { text: 0, dimension: 0, expected: 0, found: 0 },
    });
  });

  it('measures errors in shares of the largest weight of their text', () => {
    // The last two texts keep the mean below the largest weight of the text with the error.
    const { worstError, worst, supportDifferences } = compared(
      matrix([8, 1, 0], [4, 0, -0.25], [0, 0, 0], [1, 0, 0]),
      matrix([8, 2, 0], [4, 0, -1.25], [0, 0, 0], [1, 0, 0]),
    );
    expect(worstError).toBe(0.25);
    expect(worst).toEqual({ text: 1, dimension: 2, expected: -0.25, found: -1.25 });
    expect(supportDifferences).toBe(0);
  });

  describe('of a text whose only term is weak, beside ordinary ones', () => {
    /** The mean of the largest weights is 2. */
    const texts = (weak: readonly number[]): SparseMatrix => matrix([3, 1, 0], [2.9375, 0, 2], weak);
    const WEAK = 0.0625;
    const expected = texts([WEAK, 0, 0]);

    it('measures errors in shares of the mean of the largest weights', () => {
      expect(compared(expected, texts([2 * WEAK, 0, 0])).worstError).toBe(WEAK / 2);
      const { allowedError } = compared(expected, expected, { spread: texts([1.5 * WEAK, 0, 0]) });
      expect(allowedError).toBe((TOLERANCE * WEAK) / 4);
    });

    it.each([
      ['passes what rounding leaves', 0.9, true],
      ['finds what is just beyond', 1.1, false],
    ])('%s', (_what, share, isRight) => {
      const off = share * 2 * FLOOR;
      const { worstError, allowedError } = compared(expected, texts([WEAK + off, 0, 0]));
      expect(worstError / FLOOR).toBeCloseTo(share, 2);
      expect(worstError <= (allowedError as number)).toBe(isRight);
      // As a share of the text's own weight, both would be too large.
      expect(off / WEAK).toBeGreaterThan(FLOOR);
      const extra = compared(expected, texts([WEAK, off, 0]));
      expect([extra.supportDifferences, extra.supportDifferencesInBand]).toEqual(isRight ? [0, 1] : [1, 0]);
      const missing = compared(texts([off, 0, 0]), texts([0, 0, 0]));
      expect(missing.supportDifferences).toBe(isRight ? 0 : 1);
    });
  });

  it('allows more where the encoder differs from itself', () => {
    const expected = matrix([4, 1]);
    expect(compared(expected, expected, { spread: matrix([4, 1.5]) }).allowedError).toBe(TOLERANCE * 0.125);
    const { allowedError } = compared(expected, expected, { spread: matrix([4, 0]) });
    expect(allowedError).toBe(TOLERANCE * 0.25);
    const shared = compared(expected, expected, { spread: matrix([4, 0]), spreadShare: 0.5 });
    expect(shared.allowedError).toBe(TOLERANCE * 0.125);
  });

  it.each([
    ['fp32', TOLERANCE * FLOOR_ULPS * 2 ** -23],
    ['fp16', TOLERANCE * FLOOR_ULPS * 2 ** -10],
    ['int8', null],
  ] as const)('allows %s an error of %d', (precision, allowed) => {
    const same = matrix([1, 2]);
    expect(compared(same, same, { precision }).allowedError).toBe(allowed);
  });

  it('counts terms of one side, within the allowed error and beyond', () => {
    const [within, beyond] = [FLOOR / 2, FLOOR * 2];
    const agreement = compared(matrix([1, within, 0, beyond, 0]), matrix([1, 0, within, 0, beyond]));
    expect([agreement.supportDifferences, agreement.supportDifferencesInBand]).toEqual([2, 2]);
    expect(agreement.worstError).toBe(Math.fround(beyond));
    expect(agreement.worst.dimension).toBe(3);
  });

  it('counts all terms of one side beyond an error of nothing', () => {
    const { supportDifferences } = compared(matrix([0, 0]), matrix([0, 2 ** -100]));
    expect(supportDifferences).toBe(1);
    const int8 = compared(matrix([1, 2 ** -30]), matrix([1, 0]), { precision: 'int8' });
    expect([int8.supportDifferences, int8.supportDifferencesInBand]).toEqual([1, 0]);
  });

  it('gives distances, of which that of a text with hardly a term is over an average length', () => {
    const { distance } = compared(matrix([3, 4], [0, 0.1]), matrix([3, 3], [0, 0]));
    expect(distance.whole).toBeCloseTo(Math.sqrt(1.01 / 25.01), 6);
    expect(distance.worst).toBeCloseTo(1 / 5, 6);
    expect(compared(matrix([0, 0]), matrix([0, 1])).distance).toEqual({ whole: Infinity, worst: Infinity });
  });

  it('gives the cosine of each text', () => {
    const { cosine } = compared(matrix([3, 4], [1, 0], [0, 0]), matrix([4, 3], [0, 1], [0, 0]));
    expect(cosine.least).toBe(0);
    expect(cosine.mean).toBeCloseTo((0.96 + 0 + 1) / 3, 12);
  });

  it('takes an embedding beside none for another', () => {
    const { cosine, supportDifferences } = compared(matrix([0, 0]), matrix([0, 1]));
    expect([cosine.least, supportDifferences]).toEqual([0, 1]);
  });

  it('compares nothing with nothing', () => {
    const none = { ...matrix(), columns: 3 };
    expect(compared(none, none)).toMatchObject({ texts: 0, worstError: 0, cosine: { least: 1, mean: 1 } });
  });

  it('takes more texts and terms than a function has arguments', () => {
    const size = 200_000;
    const row = sparseFromDense(new Float32Array(size).fill(1), 1, size);
    expect(compared(row, row).activeTerms).toBe(size);
    const column = sparseFromDense(new Float32Array(size).fill(1), size, 1);
    expect(compared(column, column)).toMatchObject({ texts: size, cosine: { least: 1, mean: 1 } });
  });

  describe('at the limit of active dimensions', () => {
    const limit = { maxActiveDims: 2 };
    const tiny = FLOOR / 4;

    it('lets one term stand for another that is about as large as the smallest that is kept', () => {
      const agreement = compared(matrix([4, 1, 0]), matrix([4, 0, 1 + tiny]), limit);
      expect([agreement.supportDifferences, agreement.supportDifferencesInBand]).toEqual([0, 2]);
      expect(agreement.worstError).toBeLessThan(FLOOR);
    });

    it('does not where the other is larger', () => {
      const agreement = compared(matrix([4, 1, 0]), matrix([4, 0, 1.5]), limit);
      expect(agreement).toMatchObject({
        worstError: 0.125,
        worst: { dimension: 2, expected: 0, found: 1.5 },
        supportDifferences: 1,
      });
    });

    it('does not where a larger one is missing', () => {
      const agreement = compared(matrix([4, 2, 0]), matrix([4, 0, 1]), limit);
      expect(agreement.worst).toEqual({ text: 0, dimension: 1, expected: 2, found: 0 });
      expect(agreement.worstError).toBe(0.25);
    });

    it('does not where there is room for the one that is missing', () => {
      const fewer = compared(matrix([4, 1, 0]), matrix([4, 0, 0]), limit);
      expect([fewer.worstError, fewer.supportDifferences]).toEqual([0.25, 1]);
      const more = compared(matrix([4, 0, 0]), matrix([4, 1, 0]), limit);
      expect([more.worstError, more.supportDifferences]).toEqual([0.25, 1]);
    });

    it('counts what is more than allowed, however small it is', () => {
      const agreement = compared(matrix([4, 1, 0, 0]), matrix([4, 1, 1, 0.5]), limit);
      expect(agreement.supportDifferences).toBe(2);
    });

    it('has no band where both are complete without it', () => {
      const agreement = compared(matrix([4, 1, 0]), matrix([4, 0, 1]));
      expect([agreement.worstError, agreement.supportDifferences]).toEqual([0.25, 2]);
    });
  });
});
