import { tf } from '../tf.js';
import { hasKernel } from './logits.js';
import { maxLogits, type MaxLogitsGradientOptions, offsets } from './max-logits.js';
import { tokenMask, withoutPadding } from './token-mask.js';

/**
 * A kernel of one output, [texts, V], from states [texts, length, D], decoder [V, D] and bias [V]: maximum and bias of
 * each term where that is positive, elsewhere anything that is not.
 */
export const POSITIVE_MAX_LOGITS = 'PositiveMaxLogits';

/**
 * The largest logit of each term over the tokens of a text, with the term's bias, for what looks at positive ones only:
 * where it is not positive, it may be -Infinity instead. An engine with the kernel for it need not compute those.
 * Where a gradient is asked for, all are computed.
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
