import { tf } from '../tf.js';

/** What a mask int32 [texts, length], 1 for tokens and 0 for padding, says of each text. */
export interface TokenMask {
  /** bool [texts, length] */
  readonly isToken: tf.Tensor2D;
  /** Position of the first token, int32 [texts]; 0 where there is none. */
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
 * States [texts, length, width] with those of a text's first token in the place of padding, which leaves maxima over a
 * text what they are without padding; a text without tokens is 0 everywhere. To mask the logits would pass over all of
 * them once more.
 */
export function withoutPadding(states: tf.Tensor3D, { isToken, first, hasTokens }: TokenMask): tf.Tensor3D {
  const [texts, length, width] = states.shape;
  const rows = states.reshape([texts * length, width]);
  const begin = tf.range(0, texts, 1, 'int32').mul(tf.scalar(length, 'int32'));
  const found = rows.gather(first.add(begin).toInt());
  const firstStates = tf.where(hasTokens.expandDims(1), found, tf.zerosLike(found));
  return tf.where(isToken.expandDims(2), states, firstStates.expandDims(1));
}

/** States with 0 in the place of padding. */
export function zeroPadding(states: tf.Tensor3D, isToken: tf.Tensor2D): tf.Tensor3D {
  return tf.where<tf.Tensor>(isToken.expandDims(2), states, tf.scalar(0)) as tf.Tensor3D;
}
