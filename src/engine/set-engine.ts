import * as tf from '@tensorflow/tfjs';
import { OptionError } from '../errors.js';
import { type OnnxEngineOptions, requireProviders, resolveEngineOptions } from './runtime/engine-options.js';
import { EngineUnavailableError } from './errors.js';
import { loadOrt } from './runtime/ort.js';

/** `onnx`: ONNX Runtime. `cpu`: tfjs's own JavaScript. `tensorflow`: TensorFlow's kernels, an optional package. */
export const ENGINES = ['onnx', 'cpu', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];

/** Makes an engine known to tfjs. Loaded when chosen, so that no engine needs the packages of another. */
const REGISTER: Readonly<Record<EngineName, (options?: Partial<OnnxEngineOptions>) => Promise<void>>> = {
  onnx: async (given) => {
    const options = resolveEngineOptions(given);
    const [{ registerOnnxBackend }, { sharedRuntime }, ort] = await Promise.all([
      import('./register.js'),
      import('./runtime/runtime.js'),
      given?.executionProviders && loadOrt(),
    ]);
    if (ort) requireProviders(ort, options);
    registerOnnxBackend();
    if (given) await sharedRuntime().configure(options);
  },
  cpu: async (given) => refuseOptions('cpu', given),
  tensorflow: async (given) => {
    refuseOptions('tensorflow', given);
    const { loadTensorFlow } = await import('./tensorflow.js');
    loadTensorFlow();
  },
};

/**
 * Makes all tfjs operations of this process run on the engine, from now on. Tensors made before are moved when they are
 * used.
 *
 * @param options how the onnx engine uses ONNX Runtime; without them it stays as it was set before
 * @throws OptionError for a name that is none of `ENGINES`, for options that are unknown or of another engine
 * @throws EngineUnavailableError where the engine's package or native part is missing; the engine stays what it was
 */
export async function setEngine(name: EngineName, options?: Partial<OnnxEngineOptions>): Promise<void> {
  if (!ENGINES.includes(name)) {
    throw new OptionError(`there is no engine "${name}"; expected ${ENGINES.join(', ')}`);
  }
  // Without it tfjs advises every user of the cpu backend to install another one.
  tf.enableProdMode();
  await REGISTER[name](options);
  if (!(await tf.setBackend(name))) {
    throw new EngineUnavailableError(`tfjs cannot start the ${name} engine; its reason is on standard error`);
  }
  chosen = name;
}

/** The engine that was set last in this process; undefined while there was none. */
let chosen: EngineName | undefined;

/**
 * Sets the onnx engine unless another one was set before, or tfjs runs on another backend than its own JavaScript.
 *
 * @throws EngineUnavailableError
 */
export async function ensureEngine(): Promise<void> {
  if (chosen === undefined && tf.getBackend() === 'cpu') await setEngine('onnx');
}

function refuseOptions(name: EngineName, options: object | undefined): void {
  if (options !== undefined)
    throw new OptionError(`the ${name} engine has no options; those of onnx are for onnx`);
}
