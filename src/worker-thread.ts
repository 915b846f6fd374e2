import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const MEBIBYTE = 2 ** 20;
/** Twice as much as the main thread has: ONNX Runtime needs it where the command line is long. */
const STACK_MEBIBYTES = 16;
export const THREAD_STACK = STACK_MEBIBYTES * MEBIBYTE;

/**
 * Starts a thread of a module of this package. The built package runs it as it is; from the sources, as in the tests, the
 * thread reads TypeScript with tsx.
 *
 * @param module its URL, ending in `.js`
 */
export function startThread(module: URL, given: WorkerOptions = {}): Worker {
  const options = { resourceLimits: { stackSizeMb: STACK_MEBIBYTES }, ...given };
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options);
  const source = new URL(module.href.replace(/\.js$/, '.ts'));
  const loader = import.meta.resolve('tsx/esm/api');
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => (register(), import(${JSON.stringify(source.href)})))`;
  return new Worker(start, { name: fileURLToPath(source), ...options, eval: true });
}
