import { tf } from '../tf.js';

/** Derived from a mask int32 [texts, length], 1 for tokens and 0 for padding. */
export interface TokenMask {
  /** bool [texts, length] */
  readonly isToken: tf.Tensor2D;
  /** Position of the first token, int32 [texts]; 0 if there is none. */
  readonly first: tf.Tensor1D;
  /** bool [texts] */
  readonly hasTokens: tf.Tensor1D;
}

export function tokenMask(mask: tf.Tensor2D): TokenMask {
  const present = mask.notEqual(0).toInt();
  return {
    isToken: present.cast('bool'),
    first: tf.argMax(present, 1),
    hasTokens: present.max<tf.Tensor1D>(1).cast('bool'),
  };
}

/**
 * States [texts, length, width] with the first token of each text in place of padding, so that padding does not change
 * maxima over a text. A text without tokens is 0 everywhere. Masking the logits would take another pass over all of
 * them.
 */
export function withoutPadding(states: tf.Tensor3D, { isToken, first, hasTokens }: TokenMask): tf.Tensor3D {
  const [texts, length, width] = states.shape;
  const rows = states.reshape([texts * length, width]);
  const begin = tf.range(0, texts, 1, 'int32').mul(tf.scalar(length, 'int32'));
  const found = rows.gather(first.add(begin).toInt());
  const firstStates = tf.where(hasTokens.expandDims(1), found, tf.zerosLike(found));
  return tf.where(isToken.expandDims(2), states, firstStates.expandDims(1));
}

/** States with 0 in place of padding. */
export function zeroPadding(states: tf.Tensor3D, isToken: tf.Tensor2D): tf.Tensor3D {
  return tf.where<tf.Tensor>(isToken.expandDims(2), states, tf.scalar(0)) as tf.Tensor3D;
}
