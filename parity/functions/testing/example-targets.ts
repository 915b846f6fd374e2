import { tf } from '../../../src/tf.js';
import { type Target, target } from '../define.js';
import { matrix, sameAs, scalar } from '../input-spec.js';
import { modulePort } from '../module-port.js';

/** Where a number is at most a limit. No gradient flows through the comparison. */
const isAtMost = (x: tf.Tensor, limit: number): tf.Tensor =>
  tf.customGrad((y) => ({
    value: (y as tf.Tensor).lessEqual(limit),
    gradFunc: () => tf.zerosLike(y as tf.Tensor),
  }))(x);

interface Pair {
  readonly input: tf.Tensor;
  readonly target: tf.Tensor;
}

export function huber({ input, target: truth, delta }: Pair & { readonly delta: number }): tf.Tensor {
  const error = input.sub(truth).abs();
  const inside = error.square().mul(0.5);
  return tf.where(isAtMost(error, delta), inside, error.sub(0.5 * delta).mul(delta)).mean();
}

const pair = {
  input: matrix({ rows: [1, 8], columns: [1, 32] }),
  target: sameAs<tf.Tensor2D>('input'),
};

const x = matrix({ rows: [1, 6], columns: [1, 24], kinks: [0] });

const relu = (atZero: 0 | 1) =>
  tf.customGrad((y) => ({
    value: tf.relu(y as tf.Tensor),
    gradFunc: (dy: tf.Tensor) => {
      const positive = atZero === 1 ? (y as tf.Tensor).greaterEqual(0) : (y as tf.Tensor).greater(0);
      return dy.mul(tf.cast(positive, 'float32'));
    },
  }));

/** Functions of torch.nn.functional. Two ports are wrong: one in its value, one in its gradient at a tie. */
export const FUNCTIONS: readonly Target[] = [
  target({
    ours: huber,
    reference: 'torch.nn.functional:huber_loss',
    inputs: { ...pair, delta: scalar({ min: 0.1, max: 5 }) },
    gradients: ['input', 'target'],
    mutants: {
      'the sum instead of the mean': (given) => huber(given).mul(given.input.size * 2),
      'the limit is twice as large': (given) => huber({ ...given, delta: 2 * given.delta }),
    },
  }),
  target({
    ours: ({ x: given }) => tf.softmax(given),
    reference: { call: 'torch.nn.functional:softmax', positional: ['x'], fixed: { dim: -1 } },
    inputs: { x },
    gradients: ['x'],
    nonFinite: true,
    mutants: { 'no shift': ({ x: given }) => given.mul(3).exp().div(given.mul(3).exp().sum(-1, true)) },
  }),
  target({
    ours: ({ x: given }) => relu(0)(given),
    reference: { call: 'torch.nn.functional:relu', positional: ['x'] },
    inputs: { x },
    gradients: ['x'],
    mutants: { 'a gradient at 0': ({ x: given }) => relu(1)(given) },
  }),
];

export const WRONG_VALUE: Target = target({
  ours: ({ input, target: truth, beta }) => huber({ input, target: truth, delta: beta }),
  reference: 'torch.nn.functional:smooth_l1_loss',
  inputs: { ...pair, beta: scalar({ min: 0.1, max: 5 }) },
  gradients: ['input'],
});

export const WRONG_GRADIENT: Target = target({
  name: 'relu6',
  ours: ({ x: given }) => tf.minimum(relu(1)(given), 6),
  reference: { call: 'torch.nn.functional:relu6', positional: ['x'] },
  inputs: { x: matrix({ rows: [1, 4], columns: [1, 8], min: -8, max: 8, kinks: [0] }) },
  gradients: ['x'],
});

/** A module with weights; the port may have another epsilon than the reference, or another activation. */
export const block = ({ epsilon = 1e-5, tanh = false } = {}): Target =>
  target({
    reference: { call: 'block:Block', construct: { width: 6 } },
    inputs: { x: matrix({ rows: [1, 5], columns: 6 }) },
    gradients: ['x'],
    ours: modulePort({
      weights: {
        scale: 'norm.weight',
        shift: 'norm.bias',
        up: { from: 'up.weight', transpose: true },
        upBias: 'up.bias',
        down: { from: 'down.weight', transpose: true },
        downBias: 'down.bias',
      },
      forward: ({ x: given }: { x: tf.Tensor2D }, weights, watch) => {
        const { mean, variance } = tf.moments(given, 1, true);
        const normal = given
          .sub(mean)
          .div(variance.add(epsilon).sqrt())
          .mul(weights.scale)
          .add(weights.shift);
        const up = watch('up', tf.matMul(watch('norm', normal), weights.up).add(weights.upBias));
        const active = watch(
          'activation',
          tanh ? tanhGelu(up) : up.mul(0.5).mul(tf.erf(up.div(Math.SQRT2)).add(1)),
        );
        return given.add(watch('down', tf.matMul(active, weights.down).add(weights.downBias)));
      },
    }),
  });

const tanhGelu = (x_: tf.Tensor): tf.Tensor =>
  x_.mul(0.5).mul(tf.tanh(x_.add(x_.pow(3).mul(0.044715)).mul(Math.sqrt(2 / Math.PI))).add(1));
