import { Worker } from 'node:worker_threads';
import { type Finding, MEMORY_LIMIT_BYTES, TIME_LIMIT_MS } from './run.js';

export interface WorkerTask {
  readonly target: string;
  readonly seed: number;
  readonly runs: number;
  /** One 32-bit integer: the present run, -1 before the first. */
  readonly progress: SharedArrayBuffer;
}

export interface WorkerResult {
  readonly findings: readonly Finding[];
  /** Without the start of the thread. */
  readonly seconds: number;
}

const LOOK_EVERY_MS = 100;

/** A thread does not inherit the loader for TypeScript. */
const START = `import(${JSON.stringify(import.meta.resolve('tsx/esm/api'))})
  .then(({ register }) => register())
  .then(() => import(${JSON.stringify(new URL('./worker.ts', import.meta.url).href)}))`;

/** Fuzzes a target in a separate thread, so that a reader which never ends or takes all memory is a finding, too. */
export async function superviseTarget(
  target: string,
  options: { readonly seed: number; readonly runs: number },
  onProgress: (run: number) => void,
): Promise<WorkerResult> {
  const progress = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  const current = new Int32Array(progress).fill(-1);
  const task: WorkerTask = { target, ...options, progress };
  const worker = new Worker(START, {
    eval: true,
    workerData: task,
    resourceLimits: { maxOldGenerationSizeMb: MEMORY_LIMIT_BYTES / 2 ** 20 },
  });
  const started = performance.now();
  return new Promise((resolve) => {
    let seen = -1;
    let since = started;
    const end = (result: WorkerResult): void => {
      clearInterval(watch);
      void worker.terminate();
      resolve(result);
    };
    const fail = (what: string): void => {
      const finding = { target, seed: options.seed, run: Math.max(0, current[0] ?? 0), what };
      end({ findings: [finding], seconds: (performance.now() - started) / 1000 });
    };
    const watch = setInterval(() => {
      const run = current[0] ?? -1;
      onProgress(Math.max(0, run));
      if (run !== seen || run === -1) [seen, since] = [run, performance.now()];
      // A run that is only slow ends by itself and is judged there.
      else if (performance.now() - since > 2 * TIME_LIMIT_MS) fail('did not end');
    }, LOOK_EVERY_MS);
    worker.once('message', end);
    worker.once('error', (error) => fail(error.stack ?? error.message));
    worker.once('exit', (code) => fail(`ended its thread with code ${code}`));
  });
}
