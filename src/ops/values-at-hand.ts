import { tf } from '../tf.js';

/** A backend that computes only on request also says which tensors already have values. */
interface ComputesLater {
  hasValues(dataId: object): boolean;
}

/** Backends of tfjs without synchronous reads. */
const WITHOUT_READS = ['webgpu'];

/**
 * The values of a tensor if they can be read synchronously, otherwise undefined. Given values, for example from an
 * array, can be read. Computed values can be read only if the engine computes at once, as `cpu` does.
 */
export function valuesAtHand(tensor: tf.Tensor): Float32Array | Int32Array | Uint8Array | undefined {
  const { state, registry } = tf.engine();
  const backend: object | undefined = state.tensorInfo.get(tensor.dataId)?.backend;
  if (backend === undefined || WITHOUT_READS.some((name) => registry[name] === backend)) return undefined;
  if (isLater(backend) && !backend.hasValues(tensor.dataId)) return undefined;
  return tensor.dataSync();
}

function isLater(backend: object): backend is ComputesLater {
  return 'hasValues' in backend;
}
