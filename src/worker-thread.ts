import { fileURLToPath } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

/**
 * Starts a thread of a module of this package. The built package runs it as it is; from the sources, as in the tests, the
 * thread reads TypeScript with tsx.
 *
 * @param module its URL, ending in `.js`
 */
export function startThread(module: URL, options: WorkerOptions = {}): Worker {
  if (!import.meta.url.endsWith('.ts')) return new Worker(module, options);
  const source = new URL(module.href.replace(/\.js$/, '.ts'));
  const loader = import.meta.resolve('tsx/esm/api');
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => (register(), import(${JSON.stringify(source.href)})))`;
  return new Worker(start, { name: fileURLToPath(source), ...options, eval: true });
}
