import { withGradient } from '../../ops/with-gradient.js';
import { tf } from '../../tf.js';

/** cos and sin of the angle by which each pair of coordinates is turned at each place, both [length, width / 2]. */
export interface Rotation {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

/**
 * theta^(-2 i / width) for the pair i, by which its angle grows from place to place. In float32 step by step as the
 * reference computes it: at the place 8,000 an angle's last digit is worth 0.0005.
 */
export function inverseFrequencies(width: number, theta: number): number[] {
  return Array.from({ length: width / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / width))),
  );
}

/**
 * Frequencies for texts that are `factor` times as long as those that a model was trained on: the lowest is `factor` times
 * lower, higher ones less so. NTK scaling, https://kexue.fm/archives/9706: fixed, formula (6), or with an exponent mixed,
 * formulas (10) to (13).
 */
export function ntkFrequencies(width: number, theta: number, factor: number, exponent?: number): number[] {
  if (exponent === undefined) {
    const divisor = Math.fround(factor ** (2 / width));
    return inverseFrequencies(width, theta * factor).map((each) => Math.fround(each / divisor));
  }
  const slope = Math.fround(
    Math.fround(Math.log(Math.fround(factor))) / Math.fround((width / 2) ** exponent),
  );
  return inverseFrequencies(width, theta).map((each, i) => {
    const growth = Math.fround(slope * Math.fround((i + 1) ** exponent));
    return Math.fround(each / Math.fround(Math.exp(growth)));
  });
}

/** The angles place * frequency, in float32. */
export function rotation(length: number, frequencies: readonly number[]): Rotation {
  const angles = tf
    .range(0, length, 1, 'float32')
    .expandDims(1)
    .mul(tf.tensor1d([...frequencies]));
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
