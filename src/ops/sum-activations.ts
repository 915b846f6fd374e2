import { tf } from '../tf.js';
import { concatenated, logitsOf, piecesOf, weightsOf } from './logits.js';
import { after } from './order.js';
import { activate, type ActivationFunction, throughActivation } from './splade-activation.js';
import { tokenMask, zeroPadding } from './token-mask.js';
import type { Piece } from './vocabulary-pieces.js';

export interface SumActivationsOptions {
  readonly activationFunction: ActivationFunction;
  /** The number of terms whose logits exist at a time. */
  readonly termsAtATime: number;
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];
type Inputs = [states: tf.Tensor3D, decoder: tf.Tensor2D, bias: tf.Tensor1D];

/**
 * The sum over the tokens of a text of each term's activation, states [texts, length, D], decoder [V, D] and bias [V] ->
 * [texts, V]; 0 for a text without tokens. The gradient computes the logits again, piece by piece, instead of keeping
 * them.
 */
export function sumActivations(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  bias: tf.Tensor1D,
  mask: tf.Tensor2D,
  options: SumActivationsOptions,
): tf.Tensor2D {
  const compute = ((
    h: tf.Tensor3D,
    weight: tf.Tensor2D,
    shift: tf.Tensor1D,
    save: (tensors: tf.Tensor[]) => void,
  ) => {
    const { isToken } = tokenMask(mask);
    const rows = zeroPadding(h, isToken);
    const weights = isToken.toFloat();
    save([rows, weight, shift, weights]);
    return {
      value: sums([rows, weight, shift], weights, options),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [kept, matrix, added, tokens] = saved as [...Inputs, tf.Tensor2D];
        return gradientOf(dy, [kept, matrix, added], tokens, options);
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(states, decoder, bias) as tf.Tensor2D;
}

/** @param tokens float32 [texts, length], 1 for tokens */
function sums(
  [states, decoder, bias]: Inputs,
  tokens: tf.Tensor2D,
  { activationFunction, termsAtATime }: SumActivationsOptions,
): tf.Tensor2D {
  const pieces = piecesOf(decoder, termsAtATime).map((piece) =>
    tf.tidy(() => {
      const logits = logitsOf(states, weightsOf(decoder, piece)).add<tf.Tensor3D>(biasOf(bias, piece));
      const activations = activate(logits, activationFunction);
      return tf.matMul(tokens.expandDims<tf.Tensor3D>(1), activations).squeeze<tf.Tensor2D>([1]);
    }),
  );
  return concatenated(pieces, 1);
}

const biasOf = (bias: tf.Tensor1D, { begin, terms }: Piece): tf.Tensor1D => bias.slice([begin], [terms]);

/**
 * Padding has logits and so gradients of them. Its states are 0, so it adds nothing to the gradient of the decoder, and
 * the sums over tokens for the bias and the states leave it out.
 */
function gradientOf(
  dy: tf.Tensor2D,
  [states, decoder, bias]: Inputs,
  tokens: tf.Tensor2D,
  { activationFunction, termsAtATime }: SumActivationsOptions,
): tf.Tensor[] {
  const [texts, length, width] = states.shape;
  const rows = states.reshape<tf.Tensor2D>([texts * length, width]);
  const tokenRow = tokens.reshape<tf.Tensor2D>([1, texts * length]);
  let dRows: tf.Tensor | undefined;
  const parts = piecesOf(decoder, termsAtATime).map((piece) => {
    const before = dRows;
    const part = tf.tidy(() => {
      // A second product rather than the forward pass's: that one would be kept in memory until now.
      const weights = after(weightsOf(decoder, piece), before ?? dy);
      const logits = logitsOf(states, weights).add<tf.Tensor3D>(biasOf(bias, piece));
      const dSums = dy.slice([0, piece.begin], [texts, piece.terms]).expandDims(1);
      const dLogits = throughActivation(dSums, logits, activationFunction).reshape<tf.Tensor2D>([
        texts * length,
        piece.terms,
      ]);
      const dWeights = tf.matMul(dLogits, rows, true, false);
      const dBias = tf.matMul(tokenRow, dLogits).reshape<tf.Tensor1D>([piece.terms]);
      const own = after(after(tf.matMul(dLogits, weights), dWeights), dBias);
      return { dRows: before === undefined ? own : before.add(own), dWeights, dBias };
    });
    before?.dispose();
    dRows = part.dRows;
    return part;
  });
  const dDecoder = concatenated(
    parts.map(({ dWeights }) => dWeights),
    0,
  );
  const dBias = concatenated(
    parts.map((part) => part.dBias),
    0,
  );
  const dStates = (dRows ?? tf.zerosLike(rows)).reshape<tf.Tensor3D>(states.shape);
  return [zeroPadding(dStates, tokens.cast('bool')), dDecoder, dBias];
}
