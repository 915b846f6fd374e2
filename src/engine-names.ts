/** `onnx`: ONNX Runtime. `cpu`: tfjs's own JavaScript. `tensorflow`: TensorFlow's kernels, an optional package. */
export const ENGINES = ['onnx', 'cpu', 'tensorflow'] as const;
export type EngineName = (typeof ENGINES)[number];
