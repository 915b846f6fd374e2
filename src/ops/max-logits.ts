import { tf } from '../tf.js';
import { concatenated, hasKernel, logitsOf, piecesOf, weightsOf } from './logits.js';
import { type TokenMask, tokenMask, withoutPadding } from './token-mask.js';

/**
 * A kernel of one output, the maxima [texts, V], or two, with the first positions int32 [texts, V] where they are, from
 * states [texts, length, D] and decoder [V, D]. Where the engine in use has it, it takes the place of the ops below.
 */
export const MAX_LOGITS = 'MaxLogits';

/**
 * A kernel of two outputs, d states and d decoder, from d maximum [texts, V], the positions of the maxima [texts, V],
 * states and decoder. Where the engine in use has it, it takes the place of the ops below.
 */
export const MAX_LOGITS_GRADIENT = 'MaxLogitsGradient';

export interface MaxLogitsGradientOptions {
  /** Terms whose logits exist at a time. */
  readonly termsAtATime: number;
}

export interface MaxLogitsOptions extends MaxLogitsGradientOptions {
  /** Whether positions are asked for: they cost about a tenth of the whole, and only a gradient needs them. */
  readonly positions: boolean;
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/**
 * The largest logit of each term over the tokens of a text, states [texts, length, D] x decoder [V, D] -> [texts, V];
 * -Infinity for a text without tokens. A NaN among a text's states makes all of its maxima NaN; what padding holds is of
 * no account.
 *
 * The gradient goes to the first of equal logits. (PyTorch's SpladePooling finds the first of equal activations, where
 * float32's log1p has made some logits equal that were not.)
 */
export function maxLogits(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  mask: tf.Tensor2D,
  { termsAtATime }: MaxLogitsGradientOptions,
): tf.Tensor2D {
  // What is recorded without a gradient has no need of positions.
  if (tf.engine().state.gradientDepth === 0) {
    return tf.tidy(() => {
      const tokens = tokenMask(mask);
      const rows = withoutPadding(states, tokens);
      const [maxima] = maximaOf(rows, decoder, { termsAtATime, positions: false });
      return maxima.add(offsets(rows, tokens));
    });
  }
  const compute = ((h: tf.Tensor3D, weight: tf.Tensor2D, save: (tensors: tf.Tensor[]) => void) => {
    const tokens = tokenMask(mask);
    const rows = withoutPadding(h, tokens);
    const [maxima, found] = maximaOf(rows, weight, { termsAtATime, positions: true });
    // Padding before the first token holds a copy of it.
    save([rows, weight, tf.maximum(found, tokens.first.expandDims(1))]);
    return {
      value: maxima.add(offsets(rows, tokens)),
      gradFunc: (dy: tf.Tensor2D, saved: tf.Tensor[]) => {
        const [kept, matrix, positions] = saved as [tf.Tensor3D, tf.Tensor2D, tf.Tensor2D];
        return gradientOf({ dy, positions, states: kept, decoder: matrix }, termsAtATime);
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(states, decoder) as tf.Tensor2D;
}

/** [texts, 1]: NaN where a text's states hold one, which not every maximum hands on; -Infinity without tokens; else 0. */
export function offsets(rows: tf.Tensor3D, { hasTokens }: TokenMask): tf.Tensor2D {
  const nan = rows.mul(0).sum([1, 2]);
  return tf.where(hasTokens, nan, tf.scalar(-Infinity)).expandDims(1);
}

type Maxima = [maxima: tf.Tensor2D, positions: tf.Tensor2D];

/** Without positions the second one is missing. */
function maximaOf(rows: tf.Tensor3D, decoder: tf.Tensor2D, options: MaxLogitsOptions): Maxima {
  return hasKernel(MAX_LOGITS)
    ? tf.engine().runKernel<Maxima>(MAX_LOGITS, { states: rows, decoder }, { ...options })
    : maximaByOps(rows, decoder, options);
}

function maximaByOps(
  rows: tf.Tensor3D,
  decoder: tf.Tensor2D,
  { termsAtATime, positions }: MaxLogitsOptions,
): Maxima {
  const pieces = piecesOf(decoder, termsAtATime).map((piece) =>
    tf.tidy(() => {
      const logits = logitsOf(rows, weightsOf(decoder, piece));
      return positions ? [logits.max(1), logits.argMax(1)] : [logits.max(1)];
    }),
  );
  const joined = Array.from({ length: positions ? 2 : 1 }, (_, output) =>
    concatenated(
      pieces.map((piece) => piece[output] as tf.Tensor2D),
      1,
    ),
  );
  return joined as Maxima;
}

interface GradientInputs {
  readonly dy: tf.Tensor2D;
  readonly positions: tf.Tensor2D;
  readonly states: tf.Tensor3D;
  readonly decoder: tf.Tensor2D;
}

function gradientOf(inputs: GradientInputs, termsAtATime: number): tf.Tensor[] {
  return hasKernel(MAX_LOGITS_GRADIENT)
    ? tf.engine().runKernel<tf.Tensor[]>(MAX_LOGITS_GRADIENT, { ...inputs }, { termsAtATime })
    : gradientByOps(inputs, termsAtATime);
}

/** d logits, with each d maximum at its position and 0 elsewhere, times decoder and states. */
function gradientByOps(
  { dy, positions, states, decoder }: GradientInputs,
  termsAtATime: number,
): tf.Tensor[] {
  const [texts, length, width] = states.shape;
  const rows = states.reshape<tf.Tensor2D>([texts * length, width]);
  const places = tf.range(0, length, 1, 'int32').reshape([1, length, 1]);
  let dRows: tf.Tensor = tf.zerosLike(rows);
  const dDecoder = piecesOf(decoder, termsAtATime).map((piece) => {
    const part = tf.tidy(() => {
      const of = (x: tf.Tensor2D): tf.Tensor => x.slice([0, piece.begin], [texts, piece.terms]).expandDims(1);
      const dLogits = tf
        .where(of(positions).equal(places), of(dy), tf.scalar(0))
        .reshape<tf.Tensor2D>([texts * length, piece.terms]);
      return {
        rows: dRows.add(tf.matMul(dLogits, weightsOf(decoder, piece))),
        decoder: tf.matMul(dLogits, rows, true, false),
      };
    });
    dRows.dispose();
    dRows = part.rows;
    return part.decoder;
  });
  return [dRows.reshape(states.shape), concatenated(dDecoder, 0)];
}
