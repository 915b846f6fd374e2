import { InputError } from '../../errors.js';
import type { Sizes } from './expression.js';

/**
 * Sizes at which a function with named dimensions is recorded: for each dimension, its size in each recording. No two
 * expressions that a program may hold (numbers times products of up to three dimensions, plus a number or another such
 * product) agree in all recordings; a test checks this. No size is common in models, as 12 and 64 are. The first
 * dimension, mostly the batch, is at least 9: kernels split a batch into up to 8 groups, and a smaller batch into one
 * group per text.
 *
 * The small choices come first, since a model may have few positions. The others are for functions that treat one of
 * the small sizes in a special way.
 */
export const TRIAL_SIZES = [
  [
    [15, 10, 11, 9],
    [5, 14, 7, 13],
    [10, 11, 5, 9],
    [13, 18, 27, 21],
    [25, 7, 19, 26],
    [29, 15, 30, 10],
    [19, 25, 26, 28],
  ],
  [
    [33, 22, 40, 44],
    [30, 44, 31, 35],
    [44, 33, 37, 28],
    [54, 51, 29, 36],
    [34, 26, 57, 27],
    [58, 41, 43, 57],
    [51, 45, 22, 60],
  ],
] as const;

/** The sizes of the dimensions in each recording. */
export type Trial = readonly [Sizes, ...Sizes[]];

/** The sizes of the dimensions in each recording, for each choice of them. */
export function trialSizes(names: readonly (readonly (string | null)[])[]): Trial[] {
  const distinct = [...new Set(names.flat())].filter((name) => name !== null);
  const most = TRIAL_SIZES[0].length;
  if (distinct.length > most) {
    throw new InputError(
      `dimensions has ${distinct.length} names (${distinct.join(', ')}); at most ${most} can be told apart. ` +
        'Pad columns to a common length and give that one name',
    );
  }
  return TRIAL_SIZES.map((table) => {
    const at = (recording: number): Sizes =>
      Object.fromEntries(distinct.map((name, index) => [name, table[index]?.[recording] as number]));
    return [at(0), at(1), at(2), at(3)];
  });
}
