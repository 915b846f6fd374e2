import { seededRandom } from '../../random.js';

/** Returns a random order of the whole numbers below `length`, a different one at each call. */
export type Permute = (length: number) => Uint32Array;

/** The random orders of an epoch. Calls with the same epoch give the same orders. */
export type Permutations = (epoch: number) => Permute;

/**
 * Random orders that depend only on a seed, an epoch and a number of calls.
 *
 * @param stream a number for each user of the seed, so that data sets of one length have different orders
 */
export function seededPermutations(seed: number, stream: number): Permutations {
  return (epoch) => {
    const random = seededRandom(epochSeed(seed, stream, epoch));
    return (length) => {
      const order = Uint32Array.from({ length }, (_, index) => index);
      for (let last = length - 1; last > 0; last--) {
        const other = random.below(last + 1);
        const moved = order[last] as number;
        order[last] = order[other] as number;
        order[other] = moved;
      }
      return order;
    };
  };
}

/** Mixes numbers into a seed. Every bit of each number affects every bit, so neighbouring seeds and epochs give unrelated seeds. */
export function epochSeed(...parts: readonly number[]): number {
  let seed = 0;
  for (const part of parts) {
    seed = Math.imul(seed ^ part, 0x9e3779b1);
    seed = Math.imul(seed ^ (seed >>> 15), 0x85ebca6b);
    seed ^= seed >>> 13;
  }
  return seed >>> 0;
}
