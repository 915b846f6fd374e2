import { withGradient } from '../../ops/with-gradient.js';
import { tf } from '../../tf.js';

/** cos and sin of the angle by which each pair of coordinates is rotated at each position, both [length, width / 2]. */
export interface Rotation {
  readonly cos: tf.Tensor;
  readonly sin: tf.Tensor;
}

/**
 * theta^(-2 i / width) for the pair i: its angle per position. Computed step by step in float32 as in the reference: at
 * position 8,000 the last digit of an angle is worth 0.0005.
 */
export function inverseFrequencies(width: number, theta: number): number[] {
  return Array.from({ length: width / 2 }, (_, i) =>
    Math.fround(1 / Math.fround(theta ** Math.fround((2 * i) / width))),
  );
}

/**
 * Frequencies for texts `factor` times as long as the training texts: the lowest is divided by `factor`, higher ones by
 * less. NTK scaling, https://kexue.fm/archives/9706: formula (6) for fixed scaling, or formulas (10) to (13) for mixed
 * scaling with an exponent.
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

/** The angles position * frequency, in float32. */
export function rotation(length: number, frequencies: readonly number[]): Rotation {
  const angles = tf
    .range(0, length, 1, 'float32')
    .expandDims(1)
    .mul(tf.tensor1d([...frequencies]));
  return { cos: angles.cos(), sin: angles.sin() };
}

/**
 * Rotates each pair (x_i, x_(i + width/2)) of x [..., length, width] by its angle. The gradient rotates back. RoFormer,
 * https://arxiv.org/abs/2104.09864
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
