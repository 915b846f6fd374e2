import { existsSync } from 'node:fs';
import { mkdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { withInstallLock } from '../../src/python/install-lock.js';
import { environmentsFolder } from '../../src/python/managed-environment.js';
import { runToEnd } from '../programs/run-to-end.js';
import { ConsumerUnavailableError } from './errors.js';

export interface NodePackage {
  readonly name: string;
  readonly version: string;
  /** Its size on disk, for the message before the installation. */
  readonly size: string;
}

/**
 * A folder whose node_modules contain this package, installed at its first use: it is too large to be a dependency of
 * every checkout.
 *
 * @throws ConsumerUnavailableError
 */
export async function ensureNodePackage(
  { name, version, size }: NodePackage,
  log: (line: string) => void,
): Promise<string> {
  const root = environmentsFolder();
  const folder = join(root, `consumer-${name.replace('@', '').replace('/', '-')}-${version}`);
  await mkdir(root, { recursive: true });
  return await withInstallLock(`${folder}.lock`, log, async () => {
    if (existsSync(folder)) return folder;
    log(`Installing ${name} ${version} into ${folder} (once, ${size})`);
    const unfinished = `${folder}.part`;
    await rm(unfinished, { recursive: true, force: true });
    await mkdir(unfinished);
    await writeFile(
      join(unfinished, 'package.json'),
      JSON.stringify({ private: true, dependencies: { [name]: version } }),
    );
    // Install scripts would download what is for other hardware.
    const options = ['--ignore-scripts', '--no-audit', '--no-fund', '--loglevel', 'error'];
    const { failure, stderr } = await runToEnd('npm', ['install', ...options], { cwd: unfinished });
    if (failure !== undefined) {
      await rm(unfinished, { recursive: true, force: true });
      throw new ConsumerUnavailableError(
        `npm cannot install ${name} ${version}: ${stderr.trim() || failure}`,
      );
    }
    await rename(unfinished, folder);
    return folder;
  });
}
