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

/**
 * The row of each place's token, int32 [texts length]; for padding the row of the text's last token before it, or of its first
 * token. A text without tokens has no row of its own, and its padding gets that of another text.
 */
function rowOfPlace(packed: PackedTokens): tf.Tensor1D {
  const present = packed.mask.notEqual(0).toInt();
  const one = tf.scalar(1, 'int32');
  const before: tf.Tensor = present.reshape([-1]).cumsum(0).reshape(present.shape).sub(one);
  const last = present.sum().sub(one).maximum(tf.scalar(0, 'int32'));
  return before.maximum(textRows(packed).starts.expandDims(1)).minimum(last).toInt().reshape([-1]);
}

/** The rows of tokens: [texts length, width] -> [tokens, width]. */
export function pack(grid: tf.Tensor2D, packed: PackedTokens): tf.Tensor2D {
  const rows = withGradient(
    (x) => ({ value: tf.gather(x, packed.tokens), saved: {} }),
    (dy) => {
      // Not `where`, which broadcasts its condition. A row of NaN belongs to a text whose gradients are NaN anyway.
      const isToken = packed.mask.notEqual(0).cast('float32').reshape([-1, 1]);
      return tf.gather(dy, rowOfPlace(packed)).mul(isToken);
    },
  );
  return rows(grid) as tf.Tensor2D;
}

/**
 * [tokens, width] -> [texts length, width], where padding gets the row of another token of its text. Nothing that a gradient is
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
