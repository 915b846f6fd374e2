import { tf } from '../tf.js';
import { concatenated, hasKernel, logitsOf, piecesOf, weightsOf } from './logits.js';
import { type TokenMask, tokenMask, withoutPadding } from './token-mask.js';

/**
 * A kernel from states [texts, length, D] and decoder [V, D] to the maxima [texts, V] and, if requested, to the first
 * positions of the maxima, int32 [texts, V]. If the engine in use has it, it replaces the ops below. With a bias [V] a
 * maximum whose sum with it is not positive may be -Infinity.
 */
export const MAX_LOGITS = 'MaxLogits';

/**
 * A kernel from d maximum [texts, V], the rows of the maxima, int32 [texts, V], states [rows, D] and decoder to d states and
 * d decoder. If the engine in use has it, it replaces the ops below.
 */
export const MAX_LOGITS_GRADIENT = 'MaxLogitsGradient';

export interface MaxLogitsGradientOptions {
  /** The number of terms whose logits exist at a time. */
  readonly termsAtATime: number;
}

export interface MaxLogitsOptions extends MaxLogitsGradientOptions {
  /** Whether to compute positions. They cost about a tenth of the whole, and only a gradient needs them. */
  readonly positions: boolean;
}

export interface HeadOptions extends MaxLogitsGradientOptions {
  /**
   * [V], if the caller needs only maxima whose sum with it is positive. The others may be -Infinity, so an engine need not
   * compute them.
   */
  readonly bias?: tf.Tensor1D;
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/**
 * The largest logit of each term over the tokens of a text, states [texts, length, D] x decoder [V, D] -> [texts, V];
 * -Infinity for a text without tokens. If a state of a text is NaN, all its maxima are NaN. The values of padding do
 * not matter.
 *
 * The gradient goes to the first of equal logits. (PyTorch's SpladePooling takes the first of equal activations; there
 * float32's log1p has made some different logits equal.)
 */
export function maxLogits(
  states: tf.Tensor3D,
  decoder: tf.Tensor2D,
  mask: tf.Tensor2D,
  { termsAtATime, bias }: HeadOptions,
): tf.Tensor2D {
  if (!isDifferentiated()) {
    return tf.tidy(() => {
      const tokens = tokenMask(mask);
      const rows = withoutPadding(states, tokens);
      const [maxima] = maximaOf({ rows, decoder, bias }, { termsAtATime, positions: false });
      return maxima.add(offsets(rows, tokens));
    });
  }
  const compute = ((h: tf.Tensor3D, weight: tf.Tensor2D, save: (tensors: tf.Tensor[]) => void) => {
    const tokens = tokenMask(mask);
    const rows = withoutPadding(h, tokens);
    const [maxima, found] = maximaOf({ rows, decoder: weight, bias }, { termsAtATime, positions: true });
    // Padding before the first token holds a copy of that token.
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

/**
 * [texts, 1]: NaN if a state of the text is NaN, since not every maximum propagates it; -Infinity without tokens;
 * otherwise 0.
 */
export function offsets(rows: tf.Tensor3D, { hasTokens }: TokenMask): tf.Tensor2D {
  const nan = rows.mul(0).sum([1, 2]);
  return tf.where(hasTokens, nan, tf.scalar(-Infinity)).expandDims(1);
}

type Maxima = [maxima: tf.Tensor2D, positions: tf.Tensor2D];

interface MaximaInputs {
  readonly rows: tf.Tensor3D;
  readonly decoder: tf.Tensor2D;
  readonly bias: tf.Tensor1D | undefined;
}

/** Whether a gradient is being computed. Only then are the positions of maxima needed. */
export const isDifferentiated = (): boolean => tf.engine().state.gradientDepth > 0;

/** The second element is missing if positions are not requested. */
function maximaOf({ rows, decoder, bias }: MaximaInputs, options: MaxLogitsOptions): Maxima {
  return hasKernel(MAX_LOGITS)
    ? tf
        .engine()
        .runKernel<Maxima>(MAX_LOGITS, { states: rows, decoder, ...(bias && { bias }) }, { ...options })
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
  if (!hasKernel(MAX_LOGITS_GRADIENT)) return gradientByOps(inputs, termsAtATime);
  const { dy, positions, states, decoder } = inputs;
  const [texts, length, width] = states.shape;
  const begins = tf.range(0, texts, 1, 'int32').mul(tf.scalar(length, 'int32')).expandDims(1);
  const [dRows, dDecoder] = tf.engine().runKernel<[tf.Tensor, tf.Tensor]>(
    MAX_LOGITS_GRADIENT,
    {
      dy,
      rows: positions.add(begins).toInt(),
      states: states.reshape([texts * length, width]),
      decoder,
    },
    { termsAtATime },
  );
  return [dRows.reshape(states.shape), dDecoder];
}

/**
 * The gradients d logits decoder and d logits^T states; d logits has each d maximum at its position and 0 elsewhere.
 */
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
