import * as tf from '@tensorflow/tfjs';

/**
 * A kernel of two outputs, the maxima [texts, V] and the first positions [texts, V] where they are, from hidden
 * [texts length, H] and decoder [V, H]. Where the engine in use has it, it takes the place of the ops below.
 */
export const MAX_LOGITS = 'MaxLogits';

/**
 * A kernel of two outputs, d hidden and d decoder, from d maximum [texts, V], the positions of the maxima [texts, V],
 * hidden [texts length, H] and decoder [V, H]. Where the engine in use has it, it takes the place of the dense
 * products below: nearly all of d maximum is 0.
 */
export const ACTIVE_TERMS_GRADIENT = 'ActiveTermsGradient';

export interface HeadOptions {
  readonly texts: number;
  readonly length: number;
  /** Texts whose logits [texts, length, V] exist at a time. */
  readonly textsAtATime: number;
}

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/**
 * The largest logit of each term over the positions of a text, hidden [texts length, H] x decoder [V, H] -> [texts, V].
 * Its gradient goes to the first of equal maxima.
 *
 * Measured on two cores with ONNX Runtime, for 32 texts of 64 tokens, H = 384 and V = 30,522:
 *
 * - The product takes 280 to 300 ms with the decoder as [V, H], read transposed, and 560 ms as [H, V], unless that
 *   is a constant of the model. [V, H] x hidden^T takes 420 ms, and only 15 ms of that come back in the maximum.
 * - Maximum and position over the middle axis take 25 and 40 ms. Chunks of 4 to 16 texts cost nothing; chunks of 1
 *   take 1.3 times as long.
 * - The bias of a term does not change which position is largest, so it is added to the maxima, not to the logits.
 */
export function maxLogits(hidden: tf.Tensor2D, decoder: tf.Tensor2D, options: HeadOptions): tf.Tensor2D {
  const compute = ((h: tf.Tensor2D, weight: tf.Tensor2D, save: (tensors: tf.Tensor[]) => void) => {
    const [maxima, places] = hasKernel(MAX_LOGITS)
      ? tf
          .engine()
          .runKernel<[tf.Tensor, tf.Tensor]>(MAX_LOGITS, { hidden: h, decoder: weight }, { ...options })
      : maximaAndPositions(h, weight, options);
    save([h, weight, places]);
    return {
      value: maxima,
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [rows, matrix, positions] = saved as [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D];
        const inputs = { dy, positions, hidden: rows, decoder: matrix };
        return hasKernel(ACTIVE_TERMS_GRADIENT)
          ? tf.engine().runKernel<tf.Tensor[]>(ACTIVE_TERMS_GRADIENT, inputs, { ...options })
          : denseGradient(inputs, options);
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(hidden, decoder) as tf.Tensor2D;
}

const hasKernel = (name: string): boolean => tf.getKernel(name, tf.getBackend()) !== undefined;

function maximaAndPositions(
  h: tf.Tensor2D,
  decoder: tf.Tensor2D,
  options: HeadOptions,
): [tf.Tensor, tf.Tensor] {
  const chunks = chunksOf(options).map(({ begin, texts }) => {
    const rows = h.slice([begin * options.length, 0], [texts * options.length, -1]);
    const logits = tf.matMul(rows, decoder, false, true).reshape([texts, options.length, -1]);
    return { maxima: logits.max(1), positions: logits.argMax(1) };
  });
  return [
    concatenate(chunks.map(({ maxima }) => maxima)),
    concatenate(chunks.map(({ positions }) => positions)),
  ];
}

interface GradientInputs {
  readonly dy: tf.Tensor;
  readonly positions: tf.Tensor;
  readonly hidden: tf.Tensor2D;
  readonly decoder: tf.Tensor2D;
}

/** d logits, with each d maximum at its position and 0 elsewhere, times decoder and hidden. */
function denseGradient(
  { dy, positions, hidden, decoder }: GradientInputs,
  options: HeadOptions,
): tf.Tensor[] {
  const { length } = options;
  const places = tf.range(0, length, 1, 'int32').reshape([1, length, 1]);
  const parts = chunksOf(options).map(({ begin, texts }) => {
    const of = (x: tf.Tensor): tf.Tensor => x.slice([begin, 0], [texts, -1]).expandDims(1);
    const dMaxima = of(dy);
    const dLogits = tf
      .where(of(positions).equal(places), dMaxima, tf.zerosLike(dMaxima))
      .reshape([texts * length, -1]);
    const rows = hidden.slice([begin * length, 0], [texts * length, -1]);
    return {
      hidden: tf.matMul(dLogits, decoder),
      decoder: tf.matMul(dLogits, rows, true, false),
    };
  });
  return [concatenate(parts.map((part) => part.hidden)), tf.addN(parts.map((part) => part.decoder))];
}

/** Begin and number of the texts of each chunk. */
export function chunksOf({ texts, textsAtATime }: HeadOptions): { begin: number; texts: number }[] {
  const chunks = [];
  for (let begin = 0; begin < texts; begin += textsAtATime) {
    chunks.push({ begin, texts: Math.min(textsAtATime, texts - begin) });
  }
  return chunks;
}

const concatenate = (parts: readonly tf.Tensor[]): tf.Tensor =>
  parts.length === 1 ? (parts[0] as tf.Tensor) : tf.concat([...parts], 0);
