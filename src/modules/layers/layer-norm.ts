import { tf } from '../../tf.js';

type CustomGradient = Parameters<typeof tf.customGrad>[0];
type Save = (tensors: tf.Tensor[]) => void;

/**
 * Computes (x - mean) / sqrt(variance + epsilon) * gamma + beta for each row of x [rows, width]; some models lack beta.
 *
 * With y = (x - mean) / sqrt(variance + epsilon), d = dy gamma, and means over a row:
 *
 *     dx = (d - mean(d) - y mean(d y)) / sqrt(variance + epsilon)
 */
export function layerNorm(x: tf.Tensor2D, epsilon: number, gamma: tf.Tensor, beta?: tf.Tensor): tf.Tensor2D {
  const compute = (...args: unknown[]): { value: tf.Tensor; gradFunc: unknown } => {
    const save = args.pop() as Save;
    const [input, scale, shift] = args as [tf.Tensor2D, tf.Tensor, tf.Tensor?];
    const centred = input.sub(input.mean(1, true));
    const inverse = centred.square().mean(1, true).add(epsilon).rsqrt();
    const normal = centred.mul(inverse);
    save([normal, inverse, scale]);
    const scaled = normal.mul(scale);
    const gradFunc = (dy: tf.Tensor, saved: tf.Tensor[]): tf.Tensor[] => {
      const [y, scaling, weight] = saved as [tf.Tensor, tf.Tensor, tf.Tensor];
      const d = dy.mul(weight);
      const dx = d
        .sub(d.mean(1, true))
        .sub(y.mul(d.mul(y).mean(1, true)))
        .mul(scaling);
      const dGamma = dy.mul(y).sum(0);
      return shift === undefined ? [dx, dGamma] : [dx, dGamma, dy.sum(0)];
    };
    return { value: shift === undefined ? scaled : scaled.add(shift), gradFunc };
  };
  const normalize = tf.customGrad(compute as unknown as CustomGradient);
  return (beta === undefined ? normalize(x, gamma) : normalize(x, gamma, beta)) as tf.Tensor2D;
}
