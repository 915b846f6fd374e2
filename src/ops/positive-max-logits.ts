import { tf } from '../tf.js';
import { hasKernel } from './logits.js';
import { maxLogits, type MaxLogitsGradientOptions, offsets } from './max-logits.js';
import type { QuantizedMatrices } from './quantized-rows.js';
import { tokenMask, withoutPadding } from './token-mask.js';

/**
 * A kernel of one output, [texts, V], from states [texts, length, D], decoder [V, D] and bias [V]: maximum and bias of
 * each term where that is positive, elsewhere anything that is not.
 */
export const POSITIVE_MAX_LOGITS = 'PositiveMaxLogits';

export interface PositiveMaxLogitsOptions extends MaxLogitsGradientOptions {
  /** Those of the program that this is part of. */
  readonly quantized: QuantizedMatrices;
}

/**
 * The largest logit of each term over the tokens of a text, with the term's bias, for what looks at positive ones only:
 * where it is not positive, it may be -Infinity instead. An engine with the kernel for it does not compute most of those.
 * Without a gradient.
 */
export function positiveMaxLogits(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  bias: tf.Tensor1D,
  mask: tf.Tensor2D,
  options: PositiveMaxLogitsOptions,
): tf.Tensor2D {
  if (!hasKernel(POSITIVE_MAX_LOGITS)) return maxLogits(states, decoder, mask, options).add(bias);
  return tf.tidy(() => {
    const tokens = tokenMask(mask);
    const rows = withoutPadding(states, tokens);
    const attributes = options as unknown as tf.NamedAttrMap;
    const maxima = tf
      .engine()
      .runKernel<tf.Tensor2D>(POSITIVE_MAX_LOGITS, { states: rows, decoder, bias }, attributes);
    return maxima.add(offsets(rows, tokens));
  });
}
