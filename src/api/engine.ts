/** The engines that compute tensors, compiled functions, and conversions between values and tensors. */
export { elementsOf, tensorOver } from '../engine/arrays.js';
export { compile, type CompiledFunction } from '../engine/compile/compile.js';
export type { CompileOptions } from '../engine/compile/compile-options.js';
export {
  EXECUTION_PROVIDERS,
  type ExecutionProvider,
  type OnnxEngineOptions,
} from '../engine/runtime/engine-options.js';
export {
  EngineUnavailableError,
  OutOfMemoryError,
  ProgramError,
  SynchronousReadError,
  UnsupportedKernelError,
} from '../engine/errors.js';
export type { Explanation, Intermediate } from '../engine/program/explain.js';
export { setEngine, withEngine } from '../engine/set-engine.js';
export { type EngineName, ENGINES } from '../engine-names.js';
export type { DimensionNames } from '../engine/compile/structure.js';
export { sparseFromTensor, sparseToTensor } from '../sparse/tensor.js';
