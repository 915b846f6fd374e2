import { tf } from '../tf.js';
import { hasKernel } from './logits.js';
import { maxLogits, type MaxLogitsGradientOptions, offsets } from './max-logits.js';
import { tokenMask, withoutPadding } from './token-mask.js';

/**
 * A kernel from states [texts, length, D], decoder [V, D] and bias [V] to [texts, V]: maximum plus bias of each term if
 * that is positive, otherwise any number that is not positive.
 */
export const POSITIVE_MAX_LOGITS = 'PositiveMaxLogits';

/**
 * The largest logit of each term over the tokens of a text, plus the term's bias, for callers that need only positive
 * ones. A result that is not positive may be -Infinity instead; an engine with this kernel need not compute it. If a
 * gradient is needed, all of them are computed.
 */
export function positiveMaxLogits(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  bias: tf.Tensor1D,
  mask: tf.Tensor2D,
  options: MaxLogitsGradientOptions,
): tf.Tensor2D {
  const isDifferentiated = tf.engine().state.gradientDepth > 0;
  if (isDifferentiated || !hasKernel(POSITIVE_MAX_LOGITS)) {
    return maxLogits(states, decoder, mask, options).add(bias);
  }
  return tf.tidy(() => {
    const tokens = tokenMask(mask);
    const rows = withoutPadding(states, tokens);
    const maxima = tf
      .engine()
      .runKernel<tf.Tensor2D>(POSITIVE_MAX_LOGITS, { states: rows, decoder, bias }, { ...options });
    return maxima.add(offsets(rows, tokens));
  });
}
