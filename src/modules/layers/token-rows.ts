import { pack, type PackedTokens, unpack } from '../../ops/packed-tokens.js';
import { tf } from '../../tf.js';

/** The rows of hidden states: one for each place of a batch, or only one for each token. */
export interface TokenRows {
  readonly texts: number;
  readonly length: number;
  /** [texts length, width] -> [rows, width] */
  pack(grid: tf.Tensor2D): tf.Tensor2D;
  /** int32 [texts, length] -> [rows] */
  packIds(ids: tf.Tensor2D): tf.Tensor;
  /** [rows, width] -> [texts length, width]; gradients may not come from padding, whose states mean nothing. */
  unpack(rows: tf.Tensor2D): tf.Tensor2D;
  /** Adds the row of its place in the text, [length, width], to each row of x [rows, width]. */
  addAtPlaces(x: tf.Tensor2D, places: tf.Tensor2D): tf.Tensor2D;
}

/** Each place has a row, padding too. */
export function everyPlace([texts, length]: readonly [number, number]): TokenRows {
  return {
    texts,
    length,
    pack: (grid) => grid,
    packIds: (ids) => ids,
    unpack: (rows) => rows,
    addAtPlaces: (x, places) => x.reshape([texts, length, -1]).add(places).reshape(x.shape),
  };
}

/** Padding has no rows. */
export function tokensOnly(packed: PackedTokens): TokenRows {
  const [texts, length] = packed.mask.shape;
  return {
    texts,
    length,
    pack: (grid) => pack(grid, packed),
    packIds: (ids) => tf.gather(ids.reshape([-1]), packed.tokens),
    unpack: (rows) => unpack(rows, packed),
    addAtPlaces: (x, places) => {
      // Not broadcastTo, whose gradient has a slice for each text.
      const grid = places.expandDims(0).add(tf.zeros([texts, 1, 1]));
      return x.add(pack(grid.reshape([texts * length, -1]), packed));
    },
  };
}
