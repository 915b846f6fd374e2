import * as tf from '@tensorflow/tfjs';
import { withGradient } from '../../ops/with-gradient.js';

/** cos and sin of the angle by which each pair of coordinates is turned at each place, both [length, width / 2]. */
export interface Rotation {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

/**
 * Angles place * theta^(-2 i / width) for the pair i, in float32 step by step as the reference computes them: at the
 * place 8,000 an angle's last digit is worth 0.0005.
 */
export function rotation(length: number, width: number, theta: number): Rotation {
  const frequencies = Array.from({ length: width / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / width))),
  );
  const angles = tf.range(0, length, 1, 'float32').expandDims(1).mul(tf.tensor1d(frequencies));
  return { cos: angles.cos(), sin: angles.sin() };
}

/**
 * Each pair (x_i, x_(i + width/2)) of x [..., length, width] turned by its angle. The gradient turns back.
 * RoFormer, https://arxiv.org/abs/2104.09864
 */
export function rotate<T extends tf.Tensor>(x: T, { cos, sin }: Rotation): T {
  const turned = withGradient(
    (given) => ({ value: turn(given, cos, sin), saved: { cos, sin } }),
    (dy, saved) => turn(dy, saved.cos, saved.sin.neg()),
  );
  return turned(x) as T;
}

function turn(x: tf.Tensor, cos: tf.Tensor, sin: tf.Tensor): tf.Tensor {
  const [left, right] = tf.split(x, 2, -1) as [tf.Tensor, tf.Tensor];
  return tf.concat([left.mul(cos).sub(right.mul(sin)), right.mul(cos).add(left.mul(sin))], -1);
}
