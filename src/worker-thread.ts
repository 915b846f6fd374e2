import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { Worker, type WorkerOptions } from 'node:worker_threads';

const MEBIBYTE = 2 ** 20;
/** Twice the stack of the main thread: ONNX Runtime needs it when the command line is long. */
const STACK_MEBIBYTES = 16;
export const THREAD_STACK = STACK_MEBIBYTES * MEBIBYTE;

/** The environment variable in which the tests name the folder of the programs that they built from these sources. */
export const BUILT_PROGRAMS = 'SPARSE_ENCODER_TEST_PROGRAMS';

/** The modules that threads run; the build bundles each into its own file. */
export const THREAD_MODULES = ['encoder/pool/thread', 'engine/runtime/background/thread'] as const;

/**
 * Starts a thread that runs a module of this package. The built package runs the module as it is. From the sources, the
 * thread reads TypeScript with tsx; in the tests it runs the module that they built.
 *
 * @param module its path below `src`, without `.ts`
 */
export function startThread(module: (typeof THREAD_MODULES)[number], given: WorkerOptions = {}): Worker {
  const options = { resourceLimits: { stackSizeMb: STACK_MEBIBYTES }, ...given };
  if (!import.meta.url.endsWith('.ts')) return importing(builtModule(module), options);
  const built = process.env[BUILT_PROGRAMS];
  if (built !== undefined) return importing(join(built, 'dist', 'src', `${module}.js`), options);
  const source = new URL(`./${module}.ts`, import.meta.url);
  const loader = import.meta.resolve('tsx/esm/api');
  const start = `import(${JSON.stringify(loader)}).then(({ register }) => (register(), import(${JSON.stringify(source.href)})))`;
  return new Worker(start, { name: fileURLToPath(source), ...options, eval: true });
}

/**
 * A thread has the options of Node's command line. With `--input-type` it can only run program text, not a file: it runs a
 * text that imports the file.
 */
function importing(file: string, options: WorkerOptions): Worker {
  const start = `import(${JSON.stringify(pathToFileURL(file).href)})`;
  return new Worker(start, { name: file, ...options, eval: true });
}

function builtModule(module: string): string {
  const manifest = createRequire(import.meta.url).resolve('sparse-encoder/package.json');
  return join(dirname(manifest), 'dist', 'src', `${module}.js`);
}
