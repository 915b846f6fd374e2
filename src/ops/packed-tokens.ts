import { tf } from '../tf.js';
import { withGradient } from './with-gradient.js';

/** The tokens of a batch one after the other, without padding. A row of a packed tensor belongs to one token. */
export interface PackedTokens {
  /** Place of each token in the batch read row by row, int32 [tokens]; one place at least. */
  readonly tokens: tf.Tensor1D;
  /** The texts from the one with the most tokens on, int32 [texts]. */
  readonly order: tf.Tensor1D;
  /** int32 [texts, length], 1 for tokens and 0 for padding */
  readonly mask: tf.Tensor2D;
}

/** The row of each place's token, int32 [texts length]; for padding the row of another token. */
function rowOfPlace({ mask }: PackedTokens): tf.Tensor1D {
  const present = mask.notEqual(0).toInt().reshape([-1]);
  return present.cumsum(0).sub(tf.scalar(1, 'int32')).maximum(tf.scalar(0, 'int32')).toInt() as tf.Tensor1D;
}

/** The rows of tokens: [texts length, width] -> [tokens, width]. */
export function pack(grid: tf.Tensor2D, packed: PackedTokens): tf.Tensor2D {
  const rows = withGradient(
    (x) => ({ value: tf.gather(x, packed.tokens), saved: {} }),
    (dy) => {
      const isToken = packed.mask.notEqual(0).reshape([-1, 1]);
      return tf.where(isToken, tf.gather(dy, rowOfPlace(packed)), tf.scalar(0));
    },
  );
  return rows(grid) as tf.Tensor2D;
}

/**
 * [tokens, width] -> [texts length, width], where padding gets the row of another token. Nothing that a gradient is
 * computed of may depend on padding: its gradient is left out.
 */
export function unpack(rows: tf.Tensor2D, packed: PackedTokens): tf.Tensor2D {
  const grid = withGradient(
    (x) => ({ value: tf.gather(x, rowOfPlace(packed)), saved: {} }),
    (dy) => tf.gather(dy, packed.tokens),
  );
  return grid(rows) as tf.Tensor2D;
}

/** Where the rows of each text begin, and how many there are, both int32 [texts]. */
export function textRows({ mask }: PackedTokens): { starts: tf.Tensor1D; counts: tf.Tensor1D } {
  const counts = mask.notEqual(0).toInt().sum<tf.Tensor1D>(1);
  return { starts: counts.cumsum(0, true), counts };
}
