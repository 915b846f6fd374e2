import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError } from '../errors.js';
import { withInstallLock } from './install-lock.js';
import { environmentPython, environmentsFolder } from './managed-environment.js';
import { runPythonCode, runPythonModule } from './run-python.js';
import { StatusLine } from './status-line.js';

const MARKER = 'extended.json';
/** Prints where a Python keeps its packages. */
const PACKAGES = 'import sysconfig; print(sysconfig.get_paths()["purelib"])';

/**
 * A Python that has the packages of another one and those of a requirements file on top. It is made once for each
 * content of the file; the other Python stays as it is.
 *
 * @param python the Python to extend
 * @param requirements the path of a requirements file of pip
 * @returns the path of the interpreter
 * @throws InputError if the file cannot be read, ReferenceUnavailableError with pip's last lines if it fails
 */
export async function extendEnvironment(
  python: string,
  requirements: string,
  { log, root = environmentsFolder() }: { readonly log: (line: string) => void; readonly root?: string },
): Promise<string> {
  const content = readRequirementsFile(requirements);
  const key = createHash('sha256').update(`${python}\n${content}`).digest('hex').slice(0, 12);
  const folder = join(root, `extended-${key}`);
  await mkdir(root, { recursive: true });
  return withInstallLock(`${folder}.lock`, log, async () => {
    if (!existsSync(join(folder, MARKER))) await make(folder, python, requirements, log);
    return environmentPython(folder);
  });
}

function readRequirementsFile(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (cause) {
    throw new InputError(`the requirements file ${path} cannot be read: ${String(cause)}`, { cause });
  }
}

async function make(
  folder: string,
  python: string,
  requirements: string,
  log: (line: string) => void,
): Promise<void> {
  log(`Installing the packages of ${requirements} beside the reference (once).`);
  const status = new StatusLine('starting');
  await rm(folder, { recursive: true, force: true });
  try {
    await runPythonModule(python, 'venv', ['--without-pip', folder]);
    const own = await packagesOf(environmentPython(folder));
    // Python adds the folder in this file to those that it searches, and pip sees what is installed there.
    await writeFile(join(own, 'reference.pth'), `${await packagesOf(python)}\n`);
    await runPythonModule(
      python,
      'pip',
      [
        '--python',
        environmentPython(folder),
        'install',
        '--no-input',
        '--no-compile',
        '--disable-pip-version-check',
        '-r',
        requirements,
      ],
      (line) => status.update(line.trim().slice(0, 60)),
    );
    await writeFile(join(folder, `${MARKER}.new`), JSON.stringify({ python, requirements }));
    await rename(join(folder, `${MARKER}.new`), join(folder, MARKER));
  } catch (error) {
    await rm(folder, { recursive: true, force: true });
    throw error;
  } finally {
    status.stop();
  }
}

async function packagesOf(python: string): Promise<string> {
  let folder = '';
  await runPythonCode(python, PACKAGES, (line) => (folder = line.trim()));
  return folder;
}
