import { spawnSync } from 'node:child_process';
import { ReferenceUnavailableError } from './errors.js';
import { readRequirements } from './requirements.js';

/** Facts about a Python interpreter, found without importing any of the packages. */
export interface Interpreter {
  /** Absolute path. */
  executable: string;
  version: string;
  /** "3.12" */
  minorVersion: string;
  /** Whether it can make virtual environments that contain pip. */
  canCreateEnvironments: boolean;
  /** Installed versions by requirement. */
  packages: Map<string, string>;
}

export const OLDEST_PYTHON = [3, 11] as const;

const PROBE_LIMIT_MS = 30_000;

// Runs under every Python, including versions that are too old.
const PROBE = `
import json, sys
found = {"executable": sys.executable, "version": list(sys.version_info[:3]), "packages": {}, "environments": False}
if sys.version_info >= (3, 8):
    import importlib.metadata, importlib.util
    found["environments"] = all(importlib.util.find_spec(name) for name in ("venv", "ensurepip"))
    for name in sys.argv[1:]:
        try:
            found["packages"][name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            pass
sys.stdout.write("\\n" + json.dumps(found))
`;

interface Probe {
  executable: string;
  version: [number, number, number];
  packages: Record<string, string>;
  environments: boolean;
}

/**
 * Examines an interpreter, with these variables added to the environment. Throws a `ReferenceUnavailableError` if it cannot
 * be run or is too old.
 */
export function inspectInterpreter(python: string, variables: Record<string, string> = {}): Interpreter {
  const names = readRequirements().map(({ name }) => name);
  const run = spawnSync(python, ['-c', PROBE, ...names], {
    encoding: 'utf8',
    env: { ...process.env, ...variables },
    timeout: PROBE_LIMIT_MS,
    stdio: ['ignore', 'pipe', 'pipe'],
    windowsHide: true,
  });
  if (run.error !== undefined || run.status !== 0) {
    const why =
      run.error?.message ??
      (run.stderr.trim().split('\n').at(-1) || `it exited with ${run.status ?? run.signal}`);
    throw new ReferenceUnavailableError('not-found', `cannot run the Python interpreter "${python}": ${why}`);
  }
  const probe = readProbe(python, run.stdout);
  const [major, minor] = probe.version;
  const version = probe.version.join('.');
  if (major < OLDEST_PYTHON[0] || (major === OLDEST_PYTHON[0] && minor < OLDEST_PYTHON[1])) {
    throw new ReferenceUnavailableError(
      'unsupported',
      `"${python}" is Python ${version}; the reference needs Python ${OLDEST_PYTHON.join('.')} or newer`,
    );
  }
  return {
    executable: probe.executable,
    version,
    minorVersion: `${major}.${minor}`,
    canCreateEnvironments: probe.environments,
    packages: new Map(Object.entries(probe.packages)),
  };
}

/** Throws `ReferenceUnavailableError` unless every package of requirements.in is installed. */
export function requirePackages(interpreter: Interpreter): void {
  const missing = readRequirements().filter(({ name }) => !interpreter.packages.has(name));
  if (missing.length === 0) return;
  const names = missing.map(({ name }) => name).join(', ');
  throw new ReferenceUnavailableError(
    'unsupported',
    `"${interpreter.executable}" lacks ${names}; install src/python/requirements.in into it, or name no Python to have an environment made`,
  );
}

/**
 * Packages whose installed version differs from the pinned one. The comparison runs, but its findings may be about the
 * version.
 */
export function differingPackages({
  packages,
}: Interpreter): { name: string; installed: string; pinned: string }[] {
  return readRequirements().flatMap(({ name, version }) => {
    const installed = packages.get(name);
    // "2.13.0+cpu" is a build of 2.13.0.
    if (installed === undefined || installed.replace(/\+.*/, '') === version) return [];
    return [{ name, installed, pinned: version }];
  });
}

function readProbe(python: string, output: string): Probe {
  try {
    return JSON.parse(output.slice(output.lastIndexOf('\n'))) as Probe;
  } catch (cause) {
    throw new ReferenceUnavailableError(
      'not-found',
      `"${python}" does not behave like a Python interpreter`,
      { cause },
    );
  }
}
