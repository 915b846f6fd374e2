import type * as tf from '@tensorflow/tfjs';
import type { Value } from '../graph.js';
import { isTensorType } from '../storage.js';

/** A value in the form that the shape rules of tfjs (`tf.slice_util`, `tf.backend_util`) expect; it holds no data. */
export function tensorInfo({ type, shape }: Value): tf.TensorInfo {
  if (!isTensorType(type)) throw new RangeError(`tfjs has no tensors of type ${type}`);
  return { dataId: {}, shape: [...shape], dtype: type };
}
