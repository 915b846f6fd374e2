import type * as tf from '@tensorflow/tfjs';

/** Random numbers for dropout: the same seed and the same order of calls give the same masks on every engine. */
export interface Dropout {
  /** Of x, each element with this probability 0, the others divided by 1 - rate. Rate 0 is x. */
  apply<T extends tf.Tensor>(x: T, rate: number): T;
}
