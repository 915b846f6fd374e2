import { withGradient } from '../../ops/with-gradient.js';
import { tf } from '../../tf.js';

export type Activation = (x: tf.Tensor2D) => tf.Tensor2D;

/** x / 2 (1 + erf(x / sqrt(2))); the gradient computes erf again instead of keeping it. */
const gelu = withGradient(
  (x) => ({
    // In the order that ONNX Runtime recognizes as Gelu.
    value: x.div(Math.SQRT2).erf().add(1).mul(x).mul(0.5),
    saved: { x },
  }),
  (dy, { x }) => {
    const scaled = x.mul(Math.SQRT1_2);
    const distribution = scaled.erf().mul(0.5).add(0.5);
    // exp(-x^2 / 2) / sqrt(2 pi), with the factor inside, which saves one pass over the tensor.
    const density = tf
      .scalar(-0.5 * Math.log(2 * Math.PI))
      .sub(scaled.square())
      .exp();
    return dy.mul(distribution.add(x.mul(density)));
  },
);

const SCALE = Math.sqrt(2 / Math.PI);
const CUBIC = 0.044715;

const tanhOf = (x: tf.Tensor): tf.Tensor => x.square().mul(CUBIC).add(1).mul(x).mul(SCALE).tanh();

/** x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))); the gradient computes tanh again instead of keeping it. */
const geluTanh = withGradient(
  (x) => ({ value: tanhOf(x).add(1).mul(x).mul(0.5), saved: { x } }),
  (dy, { x }) => {
    const t = tanhOf(x);
    const inner = x
      .square()
      .mul(3 * CUBIC)
      .add(1)
      .mul(SCALE);
    const slope = tf.sub(1, t.square()).mul(x).mul(inner);
    return dy.mul(t.add(1).add(slope).mul(0.5));
  },
);

/** x / (1 + e^-x); the gradient s (1 + x (1 - s)), s the sigmoid, is computed from x. */
const silu = withGradient(
  (x) => ({ value: x.mul(x.sigmoid()), saved: { x } }),
  (dy, { x }) => {
    const s = x.sigmoid();
    return dy.mul(s.mul(tf.sub(1, s).mul(x).add(1)));
  },
);

const relu = (x: tf.Tensor): tf.Tensor => x.relu();
const tanh = (x: tf.Tensor): tf.Tensor => x.tanh();

/** The activations by their names in configs. */
export const ACTIVATIONS = {
  gelu,
  gelu_python: gelu,
  gelu_new: geluTanh,
  gelu_pytorch_tanh: geluTanh,
  gelu_accurate: geluTanh,
  gelu_fast: geluTanh,
  relu,
  silu,
  swish: silu,
  tanh,
} as const satisfies Record<string, (x: tf.Tensor) => tf.Tensor>;

export type ActivationName = keyof typeof ACTIVATIONS;

export function activation(name: ActivationName): Activation {
  return ACTIVATIONS[name] as Activation;
}
