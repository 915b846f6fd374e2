import * as tf from '@tensorflow/tfjs';

/** x W^T + b, with W as checkpoints hold it: [rows, from] x [to, from] -> [rows, to]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor2D, bias: tf.Tensor): tf.Tensor2D {
  return tf.matMul(x, weight, false, true).add(bias);
}

const LAYER_NORM_EPSILON = 1e-12;

type CustomGradient = Parameters<typeof tf.customGrad>[0];
type Save = (tensors: tf.Tensor[]) => void;

/** Of each row of x [rows, width]: (x - mean) / sqrt(variance + 1e-12) * gamma + beta. */
export function layerNorm(x: tf.Tensor2D, gamma: tf.Tensor, beta: tf.Tensor): tf.Tensor2D {
  const compute = ((input: tf.Tensor2D, scale: tf.Tensor, shift: tf.Tensor, save: Save) => {
    const centred = input.sub(input.mean(1, true));
    const inverse = centred.square().mean(1, true).add(LAYER_NORM_EPSILON).rsqrt();
    const normal = centred.mul(inverse);
    save([normal, inverse, scale]);
    return {
      value: normal.mul(scale).add(shift),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [y, scaling, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
        const d = dy.mul(weight);
        const dx = d
          .sub(d.mean(1, true))
          .sub(y.mul(d.mul(y).mean(1, true)))
          .mul(scaling);
        return [dx, dy.mul(y).sum(0), dy.sum(0)];
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(x, gamma, beta) as tf.Tensor2D;
}

/** x / 2 (1 + erf(x / sqrt(2))); the gradient computes erf again instead of keeping it. */
export function gelu(x: tf.Tensor2D): tf.Tensor2D {
  const compute = ((input: tf.Tensor2D, save: Save) => {
    save([input]);
    return {
      // In the order in which ONNX Runtime finds its Gelu.
      value: input.div(Math.SQRT2).erf().add(1).mul(input).mul(0.5),
      gradFunc: (dy: tf.Tensor, saved: tf.Tensor[]) => {
        const [z] = saved as [tf.Tensor];
        const scaled = z.mul(Math.SQRT1_2);
        const distribution = scaled.erf().mul(0.5).add(0.5);
        // exp(-z^2 / 2) / sqrt(2 pi), with the factor inside: one pass over the tensor less.
        const density = tf
          .scalar(-0.5 * Math.log(2 * Math.PI))
          .sub(scaled.square())
          .exp();
        return dy.mul(distribution.add(z.mul(density)));
      },
    };
  }) as unknown as CustomGradient;
  return tf.customGrad(compute)(x) as tf.Tensor2D;
}

export interface Heads {
  readonly texts: number;
  readonly length: number;
  readonly heads: number;
}

/**
 * softmax(Q K^T / sqrt(width) + mask) V of every head; queries, keys and values [texts length, heads width] ->
 * [texts length, heads width]. `mask` [texts, 1, 1, length] is 0 for tokens and very negative for padding.
 */
export function attention(
  [q, k, v]: readonly [tf.Tensor2D, tf.Tensor2D, tf.Tensor2D],
  mask: tf.Tensor4D,
  { texts, length, heads }: Heads,
): tf.Tensor2D {
  const width = q.shape[1] / heads;
  const split = (x: tf.Tensor): tf.Tensor => x.reshape([texts, length, heads, width]).transpose([0, 2, 1, 3]);
  // Scaling the queries passes over fewer numbers than scaling the scores.
  const scores = tf.matMul(split(q.mul(1 / Math.sqrt(width))), split(k), false, true).add(mask);
  const mixed = tf.matMul(tf.softmax(scores), split(v));
  return mixed.transpose([0, 2, 1, 3]).reshape([texts * length, heads * width]);
}
