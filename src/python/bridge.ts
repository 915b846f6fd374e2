import { ReferenceUnavailableError } from './errors.js';
import { differingPackages, inspectInterpreter, requirePackages } from './interpreter.js';
import { type Reference, Worker } from './worker.js';

export type { Reference } from './worker.js';

export interface StartOptions {
  /** The interpreter, as returned by `ensureReferenceEnvironment`. */
  python: string;
  /** A folder of Python packages that take precedence over those of the interpreter. */
  packages?: string;
  /** Threads of PyTorch and the libraries below it. Default 1, which makes its sums reproducible. */
  threads?: number;
  /** For Python's start and, later, for the first import of each module. Default 120,000. */
  startDeadlineMs?: number;
}

const START_DEADLINE_MS = 120_000;

let running: Worker | undefined;

/**
 * Starts Python, which then answers calls of functions in the Python modules of a folder, given by its absolute path. A
 * Node process can have one worker at a time. After `stop` or a failure, another one can be started.
 */
export async function startWorker(modules: string, options: StartOptions): Promise<Reference> {
  const { python, threads = 1, startDeadlineMs = START_DEADLINE_MS } = options;
  if (!Number.isInteger(threads) || threads < 1) {
    throw new RangeError(`threads is ${threads}; expected a whole number from 1`);
  }
  if (running?.isAlive === true) {
    throw new ReferenceUnavailableError(
      'start',
      'the reference is already running in this process; stop it first',
    );
  }
  const packages = options.packages === undefined ? {} : { PYTHONPATH: options.packages };
  const interpreter = inspectInterpreter(python, packages);
  requirePackages(interpreter);
  const versions = {
    python: interpreter.version,
    torch: interpreter.packages.get('torch') ?? '',
    sentenceTransformers: interpreter.packages.get('sentence-transformers') ?? '',
    threads,
  };
  const isPinned = differingPackages(interpreter).length === 0;
  const facts = { versions, isPinned };
  const worker = new Worker(
    interpreter.executable,
    modules,
    { ...childEnvironment(threads), ...packages },
    facts,
    startDeadlineMs,
  );
  running = worker;
  await worker.start();
  return worker;
}

function childEnvironment(threads: number): Record<string, string> {
  return {
    OMP_NUM_THREADS: String(threads),
    MKL_NUM_THREADS: String(threads),
    OPENBLAS_NUM_THREADS: String(threads),
    VECLIB_MAXIMUM_THREADS: String(threads),
    NUMEXPR_NUM_THREADS: String(threads),
    TOKENIZERS_PARALLELISM: 'false',
    HF_HUB_OFFLINE: '1',
    TRANSFORMERS_OFFLINE: '1',
    PYTHONUTF8: '1',
  };
}
