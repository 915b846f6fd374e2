import { tf } from '../tf.js';

type Save = (tensors: tf.Tensor[]) => void;

const larger = tf.customGrad(((a: tf.Tensor, b: tf.Tensor, save: Save) => {
  save([a, b]);
  return {
    value: tf.maximum(a, b),
    gradFunc: (dy: tf.Tensor, [x, y]: [tf.Tensor, tf.Tensor]) => [through(dy, x, y), through(dy, y, x)],
  };
}) as unknown as Parameters<typeof tf.customGrad>[0]);

/** dy where x is the larger one, half of it where both are equal; all of it where one is NaN, so that it shows. */
function through(dy: tf.Tensor, x: tf.Tensor, y: tf.Tensor): tf.Tensor {
  const shared = tf.where(x.equal(y), dy.mul(0.5), dy);
  return tf.where(x.less(y), tf.zerosLike(shared), shared);
}

/**
 * The larger of a and b element by element; both of one shape. Where they are equal each gets half of the gradient, as in
 * PyTorch (tfjs's own gives all of it to a).
 */
export function maximum<T extends tf.Tensor>(a: T, b: T): T {
  return larger(a, b) as T;
}
