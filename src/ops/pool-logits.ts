import { tf } from '../tf.js';
import { concatenated } from './logits.js';
import { activate, throughActivation } from './splade-activation.js';
import type { SumActivationsOptions } from './sum-activations.js';
import { tokenMask } from './token-mask.js';
import { type Piece, vocabularyPieces } from './vocabulary-pieces.js';
import { withGradient } from './with-gradient.js';

/**
 * The largest logit of each term over the tokens of a text, [texts, length, V] -> [texts, V]; -Infinity for a text without
 * tokens. The gradient goes to the first of equal logits.
 */
export function maxOverTokens(logits: tf.Tensor3D, mask: tf.Tensor2D, termsAtATime: number): tf.Tensor2D {
  const pool = withGradient(
    (x: tf.Tensor) => {
      const isToken = tokenMask(mask).isToken.expandDims(2);
      const value = pieceByPiece(x as tf.Tensor3D, termsAtATime, (piece) => tokensOf(piece, isToken).max(1));
      return { value, saved: { x, isToken } };
    },
    (dy, { x, isToken }) => {
      const positions = pieceByPiece(x as tf.Tensor3D, termsAtATime, (piece) =>
        tf.argMax(tokensOf(piece, isToken), 1),
      );
      const places = tf.range(0, x.shape[1] as number, 1, 'int32').reshape([1, -1, 1]);
      const isPlace = positions.expandDims(1).equal(places);
      return tf.where(isPlace, dy.expandDims(1), tf.scalar(0));
    },
  );
  return pool(logits) as tf.Tensor2D;
}

const tokensOf = (piece: tf.Tensor, isToken: tf.Tensor): tf.Tensor =>
  tf.where(isToken, piece, tf.scalar(-Infinity));

/** The sum over the tokens of a text of each term's activation, [texts, length, V] -> [texts, V]. */
export function sumOverTokens(
  logits: tf.Tensor3D,
  mask: tf.Tensor2D,
  { activationFunction, termsAtATime }: SumActivationsOptions,
): tf.Tensor2D {
  const pool = withGradient(
    (x: tf.Tensor) => {
      const isToken = tokenMask(mask).isToken.expandDims(2);
      const value = pieceByPiece(x as tf.Tensor3D, termsAtATime, (piece) => {
        const tokens = tf.where<tf.Tensor>(isToken, piece, tf.scalar(0));
        return activate(tokens, activationFunction).sum(1);
      });
      return { value, saved: { x, isToken } };
    },
    (dy, { x, isToken }) => {
      const through = throughActivation(dy.expandDims(1), x, activationFunction);
      return tf.where(isToken, through, tf.scalar(0));
    },
  );
  return pool(logits) as tf.Tensor2D;
}

/** [texts, length, V] -> [texts, V]: applies `pool` to the logits of each piece of the vocabulary. */
function pieceByPiece(
  logits: tf.Tensor3D,
  termsAtATime: number,
  pool: (piece: tf.Tensor3D) => tf.Tensor,
): tf.Tensor2D {
  const [texts, length, vocabulary] = logits.shape;
  const part = ({ begin, terms }: Piece): tf.Tensor2D =>
    tf.tidy(() => pool(logits.slice([0, 0, begin], [texts, length, terms])) as tf.Tensor2D);
  return concatenated(vocabularyPieces(vocabulary, termsAtATime).map(part), 1);
}
