import { MINI_BATCH_LOOP, type MiniBatchLoop } from '../ops/mini-batch-loop.js';
import { tf } from '../tf.js';
import { BACKEND_NAME, OnnxBackend } from './backend.js';
import { UnsupportedKernelError } from './errors.js';
import { KERNELS } from './kernels/table.js';
import { recordMiniBatches } from './mini-batch-loop.js';
import { describeOrigin, originOf } from './origin.js';
import { sharedRuntime } from './runtime/runtime.js';

/** Every kernel name that tfjs exports, each as a constant of its own name. */
function knownKernels(): string[] {
  return Object.values(tf as unknown as Record<string, unknown>).filter((value) => typeof value === 'string');
}

/** Registers the backend `onnx` and its kernels with tfjs. Calling it again has no effect. */
export function registerOnnxBackend(): void {
  if (tf.engine().registryFactory[BACKEND_NAME] !== undefined) return;
  tf.registerBackend(BACKEND_NAME, () => new OnnxBackend(sharedRuntime()), 0);
  for (const [kernelName, kernel] of Object.entries(KERNELS)) {
    const kernelFunc: tf.KernelFunc = ({ inputs, attrs, backend }) =>
      (backend as OnnxBackend).run(kernelName, kernel, inputs, attrs ?? {}, kernelFunc);
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc });
  }
  registerMiniBatchLoop();
  for (const kernelName of new Set(knownKernels())) {
    if (KERNELS[kernelName] !== undefined || tf.getKernel(kernelName, BACKEND_NAME)) continue;
    const kernelFunc: tf.KernelFunc = () => {
      const origin = originOf(kernelName, kernelFunc);
      throw new UnsupportedKernelError(
        kernelName,
        `the onnx engine has no ${describeOrigin(origin)}; the engines cpu and tensorflow have`,
      );
    };
    tf.registerKernel({ kernelName, backendName: BACKEND_NAME, kernelFunc });
  }
}

/** Not one of the kernels: a mini-batch has gradients of its own, and tfjs records none inside of a kernel. */
function registerMiniBatchLoop(): void {
  tf.registerKernel({
    kernelName: MINI_BATCH_LOOP,
    backendName: BACKEND_NAME,
    kernelFunc: ({ attrs, backend }) =>
      recordMiniBatches(
        backend as OnnxBackend,
        attrs as unknown as MiniBatchLoop,
      ) as unknown as tf.TensorInfo[],
  });
}
