import { stat } from 'node:fs/promises';
import { ModelFileError } from '../../errors.js';

/** Another process has to replace the folder as often while it is read. */
const MOST_TRIES = 100;

/**
 * Loads what is in a folder that another process may replace meanwhile: if it was, what was loaded may be of both
 * versions, so that it is discarded, and the folder read again.
 *
 * @param locate finds the folder, each time anew
 * @throws ModelFileError if the folder is replaced again and again
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
      // A file that was not there, or not like the others, may be of the other version.
      if ((await versionOf(folder)) === before) throw error;
      continue;
    }
    if ((await versionOf(folder)) === before) return loaded;
    await discard(loaded);
  }
  throw new ModelFileError(`the model was replaced ${MOST_TRIES} times while it was read; load it again`);
}

/** What tells a folder from another of the same name. */
async function versionOf(folder: string): Promise<string> {
  const found = await stat(folder, { bigint: true }).catch(() => undefined);
  if (found === undefined) return 'missing';
  const { dev, ino, birthtimeNs, mtimeNs } = found;
  return [dev, ino, birthtimeNs, mtimeNs].join(' ');
}
