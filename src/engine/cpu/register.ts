import { tf } from '../../tf.js';
import { BINARY } from './binary.js';
import type { CpuBackend, CpuKernel } from './kernel.js';
import { LAYOUT } from './layout.js';
import { MATMUL } from './matmul.js';
import { REDUCTIONS } from './reduction.js';

const CPU = 'cpu';

/** Kernels that tfjs's own backend has, too: the same numbers, bit by bit. */
export const CPU_KERNELS: Readonly<Record<string, CpuKernel>> = {
  ...BINARY,
  ...LAYOUT,
  ...MATMUL,
  ...REDUCTIONS,
};

/** tfjs's kernels that were replaced, by their names. */
const replaced = new Map<string, tf.KernelFunc>();

/**
 * Replaces the slowest kernels of tfjs's backend `cpu`. Each gives the same numbers as the one it replaces, since only the
 * way to find an element and the order of independent sums differ. Calling it again has no effect.
 */
export function replaceCpuKernels(): void {
  for (const [kernelName, kernel] of Object.entries(CPU_KERNELS)) {
    const own = tf.getKernel(kernelName, CPU);
    if (replaced.has(kernelName) || own === undefined) continue;
    replaced.set(kernelName, own.kernelFunc);
    tf.unregisterKernel(kernelName, CPU);
    tf.registerKernel({ ...own, kernelFunc: (call) => run(kernel, own.kernelFunc, call) });
  }
}

function run(
  kernel: CpuKernel,
  original: tf.KernelFunc,
  call: Parameters<tf.KernelFunc>[0],
): ReturnType<tf.KernelFunc> {
  const { inputs, attrs = {}, backend } = call;
  const result = kernel({
    inputs,
    attrs,
    backend: backend as CpuBackend,
    original: (given, settings = attrs) =>
      original({ inputs: given, attrs: settings as tf.NamedAttrMap, backend }) as tf.TensorInfo,
  });
  return result ?? original(call);
}
