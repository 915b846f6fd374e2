import { countWithin, nullable, oneOf } from './options.js';

/** `onnx`: ONNX Runtime. `cpu`: tfjs's own JavaScript. `tensorflow`: TensorFlow's kernels, an optional package. */
export const ENGINES = ['onnx', 'cpu', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];

/** More threads help on no machine, and starting them takes minutes. */
const MOST_THREADS = 1024;

/** The rules for engine options. They load nothing that computes. */
export const ENGINE_RULES = {
  engine: oneOf(ENGINES, 'onnx'),
  threads: nullable(countWithin(1, MOST_THREADS)),
};
