import { stat } from 'node:fs/promises';
import { ModelFileError } from '../../errors.js';

/** The number of times that another process has to replace the folder while it is read. */
const MOST_TRIES = 100;

/**
 * Loads the contents of a folder that another process may replace at the same time. If it did, the loaded contents may
 * be a mixture of both versions, so they are discarded, and the folder is read again.
 *
 * @param locate finds the folder, again for each attempt
 * @throws ModelFileError if the folder is replaced over and over
 */
export async function fromOneVersion<T>(
  locate: () => Promise<string>,
  load: (folder: string) => Promise<T>,
  discard: (loaded: T) => Promise<void>,
): Promise<T> {
  for (let tries = 1; tries <= MOST_TRIES; tries++) {
    const folder = await locate();
    const before = await versionOf(folder);
    let loaded: T;
    try {
      loaded = await load(folder);
    } catch (error) {
      // A file that is missing or does not match the others may belong to the other version.
      if ((await versionOf(folder)) === before) throw error;
      continue;
    }
    if ((await versionOf(folder)) === before) return loaded;
    await discard(loaded);
  }
  throw new ModelFileError(`the model was replaced ${MOST_TRIES} times while it was read; load it again`);
}

/** Distinguishes a folder from another one with the same name. */
async function versionOf(folder: string): Promise<string> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  if (found === undefined) return 'missing';
  const { dev, ino, birthtimeNs, mtimeNs } = found;
  return [dev, ino, birthtimeNs, mtimeNs].join(' ');
}
