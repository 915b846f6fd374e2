import { tf } from '../../tf.js';

/**
 * Convolution over the tokens of a text, padded with zeros: x [texts, length, from] with a weight [to, from / groups,
 * size] as in PyTorch's Conv1d, of odd size -> [texts length, to]. Each group of channels is separate.
 */
export function tokenConvolution(
  x: tf.Tensor3D,
  weight: tf.Tensor,
  bias: tf.Tensor,
  groups: number,
): tf.Tensor2D {
  const [texts, length, from] = x.shape;
  const [to = 0, , size = 1] = weight.shape;
  const [own, each] = [from / groups, to / groups];
  const reach = (size - 1) / 2;
  const padded = x.pad([
    [0, 0],
    [reach, reach],
    [0, 0],
  ]);
  const windows = Array.from({ length: size }, (_, at) =>
    padded.slice([0, at, 0], [texts, length, from]).reshape([texts * length, groups, own]),
  );
  const grouped = tf.concat(windows, 2).transpose([1, 0, 2]);
  const kernel = weight
    .reshape([groups, each, own, size])
    .transpose([0, 1, 3, 2])
    .reshape([groups, each, size * own]);
  const products = tf.matMul(grouped, kernel, false, true).transpose([1, 0, 2]);
  return products.reshape([texts * length, to]).add(bias);
}
