import * as tf from '@tensorflow/tfjs';
import { OptionError } from '../errors.js';
import { EngineUnavailableError } from './errors.js';

/** `onnx`: ONNX Runtime. `cpu`: tfjs's own JavaScript. `tensorflow`: TensorFlow's kernels, an optional package. */
export const ENGINES = ['onnx', 'cpu', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Makes an engine known to tfjs. Loaded when chosen, so that no engine needs the packages of another. */
const REGISTER: Readonly<Record<EngineName, () => Promise<void>>> = {
  onnx: async () => {
    const { registerOnnxBackend } = await import('./register.js');
    registerOnnxBackend();
  },
  cpu: async () => undefined,
  tensorflow: async () => {
    const { loadTensorFlow } = await import('./tensorflow.js');
    loadTensorFlow();
  },
};

/**
 * Makes all tfjs operations of this process run on the engine, from now on. Tensors made before are moved when they are
 * used.
 *
 * @throws OptionError for a name that is none of `ENGINES`
 * @throws EngineUnavailableError where the engine's package or native part is missing; the engine stays what it was
 */
export async function setEngine(name: EngineName): Promise<void> {
  if (!ENGINES.includes(name)) {
    throw new OptionError(`there is no engine "${name}"; expected ${ENGINES.join(', ')}`);
  }
  // Without it tfjs advises every user of the cpu backend to install another one.
  tf.enableProdMode();
  await REGISTER[name]();
  if (!(await tf.setBackend(name))) {
    throw new EngineUnavailableError(`tfjs cannot start the ${name} engine; its reason is on standard error`);
  }
}
