import * as tf from '@tensorflow/tfjs';
import { type Piece, vocabularyPieces } from './vocabulary-pieces.js';

/** Logits of some terms, states [texts, length, D] x decoder [V, D] -> [texts, length, terms]. */
export function logitsOf(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  { begin, terms }: Piece = { begin: 0, terms: decoder.shape[0] },
): tf.Tensor3D {
  const [texts, length, width] = states.shape;
  const rows = states.reshape<tf.Tensor2D>([texts * length, width]);
  return tf
    .matMul(rows, decoder.slice([begin, 0], [terms, width]), false, true)
    .reshape([texts, length, terms]);
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
