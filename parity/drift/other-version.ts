import { existsSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { UsageError } from '../../src/errors.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { runPythonModule } from '../../src/python/run-python.js';

/**
 * A folder with one version of sentence-transformers and nothing else; put before the packages of `python`, it replaces
 * theirs. It is made once, from the package index that pip is configured for.
 *
 * @throws UsageError for a text that is not a version
 * @throws ReferenceUnavailableError if pip cannot install it
 */
export async function otherVersion(
  python: string,
  version: string,
  log: (line: string) => void,
): Promise<string> {
  if (!/^\d+(\.\w+)*$/.test(version)) {
    throw new UsageError(`--against is "${version}"; expected a version such as 6.1.0`);
  }
  const folder = join(environmentsFolder(), `sentence-transformers-${version}`);
  if (existsSync(folder)) return folder;
  const unfinished = `${folder}.${process.pid}.part`;
  log(`installing sentence-transformers ${version} into ${folder}`);
  const quiet = ['--no-input', '--no-compile', '--progress-bar', 'off', '--disable-pip-version-check'];
  const alone = ['--no-deps', '--only-binary', ':all:', '--target', unfinished];
  try {
    await mkdir(environmentsFolder(), { recursive: true });
    await runPythonModule(python, 'pip', [
      'install',
      ...quiet,
      ...alone,
      `sentence-transformers==${version}`,
    ]);
    await rename(unfinished, folder);
  } finally {
    await rm(unfinished, { recursive: true, force: true });
  }
  return folder;
}
