import * as tf from '@tensorflow/tfjs';
import { dropoutMask, mix } from '../ops/dropout-mask.js';
import { withGradient } from '../ops/with-gradient.js';

/** Random numbers for dropout: the same seed and the same order of calls give the same masks on every engine. */
export interface Dropout {
  /** Of x, each element with this probability 0, the others divided by 1 - rate. Rate 0 is x. */
  apply<T extends tf.Tensor>(x: T, rate: number): T;
}

/**
 * Dropout whose masks are a function of a seed, the step and the number of the call. What the step makes of the seed is a
 * variable, and so an input of a compiled program: `restart` goes at the beginning of the function that is compiled,
 * `advance` between its calls.
 */
export class SeededDropout implements Dropout {
  private readonly seed: number;
  private readonly variable: tf.Variable;
  private step = 0;
  private call = 0;

  constructor(seed: number) {
    this.seed = mix(seed);
    this.variable = tf.tidy(() => tf.variable(this.scalar(), false));
  }

  apply<T extends tf.Tensor>(x: T, rate: number): T {
    if (rate === 0) return x;
    const draw = { seed: this.variable, number: this.number(), call: this.call++ };
    const factor = 1 / (1 - rate);
    const thinned = (given: tf.Tensor, kept: tf.Tensor): tf.Tensor =>
      given.mul(kept.cast('float32').mul(factor));
    const drop = withGradient(
      (given) => {
        const kept = dropoutMask(given.shape, rate, draw);
        return { value: thinned(given, kept), saved: { kept } };
      },
      // A mask of bools is a quarter of one of factors.
      (dy, { kept }) => thinned(dy, kept),
    );
    return drop(x) as T;
  }

  /** The next mask is the first one of this step again. */
  restart(): void {
    this.call = 0;
  }

  /** To the next step, or to one that training is taken up at; outside of what is compiled. */
  advance(step = this.step + 1): void {
    this.moveTo(step);
    this.call = 0;
  }

  /** What brings the masks back that are drawn from now on. */
  capture(): () => void {
    const { step, call } = this;
    return () => {
      // An assignment would become a part of the program that is being recorded.
      if (this.step !== step) this.moveTo(step);
      this.call = call;
    };
  }

  dispose(): void {
    this.variable.dispose();
  }

  private moveTo(step: number): void {
    this.step = step;
    tf.tidy(() => this.variable.assign(this.scalar()));
  }

  private scalar(): tf.Scalar {
    return tf.scalar(this.number(), 'int32');
  }

  /** As int32. */
  private number(): number {
    return mix(this.seed + this.step) | 0;
  }
}
