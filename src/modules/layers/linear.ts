import { tf } from '../../tf.js';

/** x W^T + b, with W as in checkpoints: [rows, from] x [to, from] -> [rows, to]. */
export function linear(x: tf.Tensor2D, weight: tf.Tensor, bias?: tf.Tensor): tf.Tensor2D {
  const product: tf.Tensor2D = tf.matMul(x, weight, false, true);
  return bias === undefined ? product : product.add(bias);
}
