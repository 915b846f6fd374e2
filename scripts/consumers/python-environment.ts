import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { findBasePython } from '../../src/python/environment.js';
import { withInstallLock } from '../../src/python/install-lock.js';
import { environmentPython, environmentsFolder } from '../../src/python/managed-environment.js';
import { runPythonModule } from '../../src/python/run-python.js';
import { StatusLine } from '../../src/python/status-line.js';

/** Written last: a folder without it was interrupted and counts as missing. */
const MARKER = 'complete.json';

export interface PythonPackages {
  /** Part of the folder's name. */
  readonly name: string;
  /** As pip takes them, with their versions. */
  readonly packages: readonly string[];
  /** Whether only these packages are installed, for a program that finds what they need elsewhere. Default false. */
  readonly alone?: boolean;
  /** Its size on disk, for the message before it is made. */
  readonly size: string;
}

/**
 * The Python of a virtual environment with only these packages, made at its first use: a consumer needs other versions
 * than the reference.
 *
 * @throws ReferenceUnavailableError if there is no Python, or the packages cannot be installed
 */
export async function ensurePythonPackages(
  { name, packages, alone = false, size }: PythonPackages,
  log: (line: string) => void,
): Promise<string> {
  const base = findBasePython();
  const versions = createHash('sha256').update(packages.join('\n')).digest('hex').slice(0, 12);
  const root = environmentsFolder();
  const folder = join(root, `consumer-${name}-${versions}-${base.minorVersion}`);
  await mkdir(root, { recursive: true });
  return await withInstallLock(`${folder}.lock`, log, async () => {
    const python = environmentPython(folder);
    if (existsSync(join(folder, MARKER)) && existsSync(python)) return python;
    log(`Making an environment for ${name} in ${folder} (once, ${size}): ${packages.join(', ')}`);
    const status = new StatusLine(`${name}: virtual environment`);
    try {
      await rm(folder, { recursive: true, force: true });
      await runPythonModule(base.executable, 'venv', [folder]);
      await install(python, alone ? ['--no-deps', ...packages] : packages, (line) =>
        status.update(`${name}: ${line}`),
      );
      await writeFile(join(folder, MARKER), `${JSON.stringify({ packages }, undefined, 2)}\n`);
    } catch (error) {
      await rm(folder, { recursive: true, force: true });
      throw error;
    } finally {
      status.stop();
    }
    return python;
  });
}

async function install(
  python: string,
  packages: readonly string[],
  onLine: (line: string) => void,
): Promise<void> {
  const options = ['--no-input', '--progress-bar', 'off', '--disable-pip-version-check'];
  await runPythonModule(python, 'pip', ['install', ...options, ...packages], (line) => onLine(line.trim()));
}
