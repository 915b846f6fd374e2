import type * as tf from '@tensorflow/tfjs';
import { aCall, aNumber, anObject, aTensor, checkArguments } from '../arguments.js';
import { drawSeed, dropoutMask, mix } from '../ops/dropout-mask.js';
import type { RandomPart } from '../ops/mini-batch-loop.js';
import { withGradient } from '../ops/with-gradient.js';
import { Counter } from '../state/recorded-state.js';

/** Random numbers for dropout: the same seed and the same order of calls give the same masks on every engine. */
export interface Dropout {
  /** Sets each element of x to 0 with this probability and divides the others by 1 - rate. Rate 0 gives x. */
  apply<T extends tf.Tensor>(x: T, rate: number): T;
  /** Returns a function after which the next masks are drawn again. Only gradient checkpointing needs it. */
  capture?(): () => void;
}

const APPLY = {
  x: aTensor('a tensor of numbers'),
  rate: {
    expects: 'a number from 0 to below 1',
    accepts: (rate: unknown) => typeof rate === 'number' && rate >= 0 && rate < 1,
  },
};
const PART = { part: anObject('a part of a batch'), run: aCall };

/**
 * Dropout whose masks depend only on a seed and on the number of masks drawn before. A function that `compile` records
 * draws new masks at each call, the same as without `compile`.
 */
export class SeededDropout implements Dropout {
  #seed: number;
  readonly #draws = new Counter();
  #part: RandomPart | undefined;

  constructor(seed: number) {
    checkArguments('SeededDropout', { seed: aNumber }, { seed });
    this.#seed = mix(seed);
  }

  /**
   * The number of masks drawn so far. To resume training, set it to its former value, and the masks continue from
   * there.
   */
  get position(): number {
    return this.#draws.position;
  }

  set position(draws: number) {
    this.#draws.position = draws;
  }

  /**
   * Begins anew with another seed.
   *
   * @param seed a whole number; its last 32 bits count
   */
  restart(seed: number): void {
    checkArguments('SeededDropout.restart', { seed: aNumber }, { seed });
    this.#seed = mix(seed);
    this.position = 0;
  }

  apply<T extends tf.Tensor>(x: T, rate: number): T {
    checkArguments('SeededDropout.apply', APPLY, { x, rate });
    if (rate === 0) return x;
    const { begin, offset } = this.#draws.take();
    const draw = { seed: () => drawSeed(this.#seed, begin()), offset, of: this.#draws, part: this.#part };
    const factor = 1 / (1 - rate);
    const thinned = (given: tf.Tensor, kept: tf.Tensor): tf.Tensor =>
      given.mul(kept.cast('float32').mul(factor));
    const drop = withGradient(
      (given) => {
        const kept = dropoutMask(given.shape, rate, draw);
        return { value: thinned(given, kept), saved: { kept } };
      },
      // A mask of bools takes a quarter of the memory of one of factors.
      (dy, { kept }) => thinned(dy, kept),
    );
    return drop(x) as T;
  }

  /** Masks that are drawn during `run` differ for each part. */
  inPart<T>(part: RandomPart, run: () => T): T {
    checkArguments('SeededDropout.inPart', PART, { part, run });
    const outer = this.#part;
    this.#part = part;
    try {
      return run();
    } finally {
      this.#part = outer;
    }
  }

  /** Returns a function after which the next masks are drawn again. */
  capture(): () => void {
    return this.#draws.capture();
  }
}

/**
 * Random numbers for dropout from a seed.
 *
 * @param seed a whole number; its last 32 bits count
 * @throws InputError for another seed
 */
export const seededDropout = (seed: number): SeededDropout => new SeededDropout(seed);
