import { aNumber, checkArguments } from './arguments.js';

/** Seeded random choices: the same seed gives the same choices on every platform. */
export interface Random {
  /** A whole number in [0, bound). */
  below(bound: number): number;
  /** One of `items`, which must not be empty. */
  pick<T>(items: readonly T[]): T;
  /** `items` in random order, as a new array. */
  shuffle<T>(items: readonly T[]): T[];
}

const TWO_POW_32 = 0x1_0000_0000;

/**
 * Mulberry32 (Tommy Ettinger): 32 bits of state, enough to choose rows. It uses only integer operations, so the choices
 * are the same on every platform.
 */
export function seededRandom(seed: number): Random {
  checkArguments('seededRandom', { seed: aNumber }, { seed });
  let state = seed >>> 0;

  const next = (): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  };

  const below = (bound: number): number => Math.floor((next() / TWO_POW_32) * bound);

  const pick = <T>(items: readonly T[]): T => {
    if (items.length === 0) throw new RangeError('pick from an empty list: give at least one item');
    return items[below(items.length)] as T;
  };

  const shuffle = <T>(items: readonly T[]): T[] => {
    const shuffled = [...items];
    for (let last = shuffled.length - 1; last > 0; last--) {
      const other = below(last + 1);
      [shuffled[last], shuffled[other]] = [shuffled[other] as T, shuffled[last] as T];
    }
    return shuffled;
  };

  return { below, pick, shuffle };
}
