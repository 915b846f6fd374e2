import { existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { withInstallLock } from '../../src/python/install-lock.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { runPythonModule } from '../../src/python/run-python.js';

export interface PackageOptions {
  /** An interpreter with pip. Nothing is installed into its own environment. */
  readonly python: string;
  readonly log: (line: string) => void;
}

const QUIET = ['--no-input', '--progress-bar', 'off', '--disable-pip-version-check', '--no-deps'];

/**
 * A folder with one package, installed on first use. With it in PYTHONPATH, Python can import the package.
 *
 * @throws ReferenceUnavailableError with pip's last lines
 */
export async function ensurePackage(requirement: string, options: PackageOptions): Promise<string> {
  return await ensureFolder(requirement, options, async (folder) => {
    const args = ['install', ...QUIET, '--only-binary', ':all:', '--target', folder, requirement];
    await runPythonModule(options.python, 'pip', args);
  });
}

/**
 * A folder with the files of a source package, downloaded on first use.
 *
 * @throws ReferenceUnavailableError with pip's last lines
 */
export async function ensureSources(requirement: string, options: PackageOptions): Promise<string> {
  return await ensureFolder(sourcesName(requirement), options, async (folder) => {
    const args = ['download', ...QUIET, '--no-binary', ':all:', '--dest', folder, requirement];
    await runPythonModule(options.python, 'pip', args);
    for (const archive of readdirSync(folder).map((name) => join(folder, name))) {
      // oxlint-disable-next-line no-await-in-loop -- there is one
      await runPythonModule(options.python, 'tarfile', ['--extract', archive, folder]);
      rmSync(archive);
    }
  });
}

/** The folder name of `ensureSources`. */
export function sourcesName(requirement: string): string {
  return `${requirement}-sources`;
}

/** The folder in which `ensurePackage` or `ensureSources` puts this package. */
export function packageFolder(name: string): string {
  return join(environmentsFolder(), 'search-engines', name);
}

/** Filled under another name first, so that it is complete or missing; only one process at a time does this. */
async function ensureFolder(
  name: string,
  { log }: PackageOptions,
  fill: (folder: string) => Promise<void>,
): Promise<string> {
  const folder = packageFolder(name);
  mkdirSync(dirname(folder), { recursive: true });
  return await withInstallLock(`${folder}.lock`, log, async () => {
    if (existsSync(folder)) return folder;
    const unfinished = `${folder}.part`;
    const remove = (): void => rmSync(unfinished, { recursive: true, force: true });
    log(`Installing ${name} into ${dirname(folder)} (once).`);
    process.once('exit', remove);
    try {
      // A process that was killed left it.
      remove();
      mkdirSync(unfinished);
      await fill(unfinished);
      renameSync(unfinished, folder);
    } finally {
      process.removeListener('exit', remove);
      remove();
    }
    return folder;
  });
}
