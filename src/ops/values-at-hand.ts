import { tf } from '../tf.js';

/** What a backend has that computes when it is asked to wait for values: it says which tensors have theirs already. */
interface ComputesLater {
  hasValues(dataId: object): boolean;
}

/** Backends of tfjs that cannot be read at once. */
const WITHOUT_READS = ['webgpu'];

/**
 * The values of a tensor, where they can be read at once. Those that were given are at hand, from an array for example.
 * Those that were computed are so only where the engine computes at once, such as `cpu`. undefined where they are not.
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
