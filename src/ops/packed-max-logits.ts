import { tf } from '../tf.js';
import { hasKernel } from './logits.js';
import { type HeadOptions, isDifferentiated, MAX_LOGITS_GRADIENT, maxLogits } from './max-logits.js';
import { type PackedTokens, textRows, unpack } from './packed-tokens.js';

/**
 * A kernel from states [tokens, D], decoder [V, D], and the first row and the number of rows of each text, to the maxima
 * [texts, V] and, if requested, the rows of the first maxima, int32 [texts, V]. For a bias see `MAX_LOGITS`.
 */
export const PACKED_MAX_LOGITS = 'PackedMaxLogits';

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/** `maxLogits` of states [tokens, D] without padding. */
export function packedMaxLogits(
  states: tf.Tensor2D,
  decoder: tf.Tensor2D,
  packed: PackedTokens,
  { termsAtATime, bias }: HeadOptions,
): tf.Tensor2D {
  const given = { termsAtATime, ...(bias && { bias }) };
  if (!hasKernel(PACKED_MAX_LOGITS)) {
    const [texts, length] = packed.mask.shape;
    const grid: tf.Tensor3D = unpack(states, packed).reshape([texts, length, -1]);
    return maxLogits(grid, decoder, packed.mask, given);
  }
  const kernel = (h: tf.Tensor2D, weight: tf.Tensor2D, positions: boolean): tf.Tensor2D[] => {
    const { starts, counts } = textRows(packed);
    const inputs = { states: h, decoder: weight, starts, counts, order: packed.order, ...(bias && { bias }) };
    const [maxima, rows] = tf
      .engine()
      .runKernel<[tf.Tensor2D, tf.Tensor2D]>(PACKED_MAX_LOGITS, inputs, { termsAtATime, positions });
    return [maxima.add(offsets(h, counts, packed)), rows];
  };
  if (!isDifferentiated()) return tf.tidy(() => kernel(states, decoder, false)[0] as tf.Tensor2D);
  const compute = ((h: tf.Tensor2D, weight: tf.Tensor2D, save: (tensors: tf.Tensor[]) => void) => {
    const [value, rows] = kernel(h, weight, true) as [tf.Tensor2D, tf.Tensor2D];
    save([h, weight, rows]);
    return {
      value,
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [kept, matrix, found] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        return tf
          .engine()
          .runKernel<tf.Tensor[]>(
            MAX_LOGITS_GRADIENT,
            { dy, rows: found, states: kept, decoder: matrix },
            { termsAtATime },
          );
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(states, decoder) as tf.Tensor2D;
}

/** [texts, 1]: NaN if a state of the text is NaN; -Infinity without tokens; otherwise 0. */
function offsets(states: tf.Tensor2D, counts: tf.Tensor1D, packed: PackedTokens): tf.Tensor2D {
  const nan = unpack(states.mul(0).sum(1, true), packed).reshape(packed.mask.shape);
  const ofTokens = tf.where(packed.mask.notEqual(0), nan, tf.scalar(0)).sum(1);
  return tf.where(counts.greater(0), ofTokens, tf.scalar(-Infinity)).expandDims(1);
}
