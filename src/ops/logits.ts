import { tf } from '../tf.js';
import { type Piece, vocabularyPieces } from './vocabulary-pieces.js';

/** The rows of the decoder [V, D] for some terms. */
export function weightsOf(decoder: tf.Tensor2D, { begin, terms }: Piece): tf.Tensor2D {
  return decoder.slice([begin, 0], [terms, -1]);
}

/** States [texts, length, D] x the weights [terms, D] of all or of some terms -> [texts, length, terms]. */
export function logitsOf(states: tf.Tensor3D, weights: tf.Tensor2D): tf.Tensor3D {
  const [texts, length, width] = states.shape;
  const rows = states.reshape<tf.Tensor2D>([texts * length, width]);
  return tf.matMul(rows, weights, false, true).reshape([texts, length, weights.shape[0]]);
}

export function piecesOf(decoder: tf.Tensor2D, termsAtATime: number): Piece[] {
  return vocabularyPieces(decoder.shape[0], termsAtATime);
}

export function concatenated<T extends tf.Tensor>(parts: readonly T[], axis: number): T {
  return parts.length === 1 ? (parts[0] as T) : tf.concat<T>([...parts], axis);
}

/** Whether the engine in use has this kernel. */
export function hasKernel(name: string): boolean {
  return tf.getKernel(name, tf.getBackend()) !== undefined;
}
