import type * as tfjs from '@tensorflow/tfjs';
import { tf } from '../tf.js';

type CustomGradient = Parameters<typeof tf.customGrad>[0];
type Run = (...tensors: tfjs.Tensor[]) => tfjs.Tensor;

/** What a function depends on. */
export interface Dependencies {
  /** Tensors that it is given. Gradients flow to them. */
  readonly inputs: readonly tfjs.Tensor[];
  /** Tensors that it is given after these, without gradients. */
  readonly constants: readonly tfjs.Tensor[];
  /** Variables that it reads by itself. Gradients flow to them. */
  readonly variables: readonly tfjs.Variable[];
  /** Returns a function after which the random numbers that it draws are drawn again. */
  readonly capture: () => () => void;
}

/**
 * The value of a function, whose gradient computes it a second time. So nothing of what it computes is kept for the backward
 * pass but its inputs: less memory for more time (gradient checkpointing).
 *
 * @see Chen et al., Training Deep Nets with Sublinear Memory Cost (2016), https://arxiv.org/abs/1604.06174
 */
export function recomputed(run: Run, { inputs, constants, variables, capture }: Dependencies): tfjs.Tensor {
  const again = capture();
  const compute = (...given: unknown[]): ReturnType<CustomGradient> => {
    const save = given.at(-1) as (tensors: tfjs.Tensor[]) => void;
    const own = given.slice(0, inputs.length) as tfjs.Tensor[];
    const value = run(...own, ...constants);
    save([...own, ...constants]);
    return {
      value,
      gradFunc: (dy, kept) => {
        const back = capture();
        again();
        const [first, ...others] = kept as [tfjs.Tensor, ...tfjs.Tensor[]];
        const fresh = [first.add(barrier(dy)), ...others];
        const grads = innerGradients(
          () => run(...fresh),
          [...fresh.slice(0, inputs.length), ...variables],
          dy,
        );
        back();
        return grads;
      },
    };
  };
  return tf.customGrad(compute)(...inputs, ...variables);
}

/**
 * 0, which a runtime cannot know before it has the gradient. Without it, what is computed a second time could be computed
 * early, or be taken for the same as the first time and be kept.
 */
const barrier = (dy: tfjs.Tensor): tfjs.Tensor => dy.flatten().slice([0], [1]).mul(0).reshape([]);

/** Gradients inside the gradient of an operation; zeros for tensors on which the value does not depend. */
function innerGradients(run: () => tfjs.Tensor, xs: tfjs.Tensor[], dy: tfjs.Tensor): tfjs.Tensor[] {
  const engine = tf.engine();
  // At depth 0, tfjs would end the tape of the gradient outside when it ends this one's.
  engine.state.gradientDepth++;
  try {
    const { value, grads } = engine.gradients(run, xs, dy, true);
    value.dispose();
    return grads.map((each: tfjs.Tensor | null, index) => each ?? tf.zerosLike(xs[index] as tfjs.Tensor));
  } finally {
    engine.state.gradientDepth--;
  }
}
