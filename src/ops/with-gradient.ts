import { tf } from '../tf.js';

type CustomGradient = Parameters<typeof tf.customGrad>[0];

/**
 * A function of one tensor with its own gradient: `tf.customGrad` with matching types.
 *
 * @param forward returns the value and, by name, the tensors that the gradient needs; these live until the gradient has
 *   run
 * @param gradient maps the gradient of the value to the gradient of the input
 */
export function withGradient<S extends Record<string, tf.Tensor>>(
  forward: (x: tf.Tensor) => { value: tf.Tensor; saved: S },
  gradient: (dy: tf.Tensor, saved: S) => tf.Tensor,
): (x: tf.Tensor) => tf.Tensor {
  const compute = (...inputs: unknown[]): ReturnType<CustomGradient> => {
    const [x, save] = inputs as [tf.Tensor, (tensors: tf.Tensor[]) => void];
    const { value, saved } = forward(x);
    const names = Object.keys(saved);
    save(Object.values(saved));
    return {
      value,
      gradFunc: (dy, kept) => gradient(dy, Object.fromEntries(names.map((name, i) => [name, kept[i]])) as S),
    };
  };
  // Called lazily: many functions of this form are constants of their files, which must load without tfjs.
  return (x) => tf.customGrad(compute)(x);
}
