/**
 * Runs before every test file that shares a process. Each file begins with the engine, variables, warning handler and
 * environment that a new process would have. ONNX Runtime gets one thread, because each core already has a process of tests.
 * The backend `cpu` has the kernels that `setEngine('cpu')` gives it.
 */
import * as tf from '@tensorflow/tfjs';
import { afterAll, vi } from 'vitest';
import { replaceCpuKernels } from '../../engine/cpu/register.js';
import { resolveEngineOptions } from '../../engine/runtime/engine-options.js';
import { sharedRuntime } from '../../engine/runtime/runtime.js';
import { PROCESS } from '../../engine/set-engine.js';
import { setWarningHandler } from '../../warnings.js';

const handler = setWarningHandler(() => undefined);
setWarningHandler(handler);
const environment = { ...process.env };

await sharedRuntime().configure(resolveEngineOptions({ threads: 1 }));
await tf.setBackend('cpu');
replaceCpuKernels();
PROCESS.engine = undefined;
// tfjs differentiates by all variables that it knows, including those that another file left.
tf.engine().state.registeredVariables = {};

afterAll(() => {
  vi.unstubAllEnvs();
  vi.unstubAllGlobals();
  setWarningHandler(handler);
  for (const name of Object.keys(process.env)) if (!(name in environment)) delete process.env[name];
  Object.assign(process.env, environment);
  process.exitCode = undefined;
});
