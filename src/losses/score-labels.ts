import type * as tf from '@tensorflow/tfjs';
import { checkLabels, wrongLabelShape } from './inputs.js';

/** The labels of scored pairs: one number per row, in any shape. Throws an InputError for anything else. */
export function scoreLabels(loss: string, labels: tf.Tensor | undefined, batch: number): tf.Tensor {
  const expected = `one number per row, ${batch} in all`;
  const checked = checkLabels(loss, labels, expected);
  if (checked.size !== batch) wrongLabelShape(loss, checked, expected);
  return checked;
}
