import { createHash } from 'node:crypto';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';

/**
 * Identifies a model and its version: for a folder, its path with the names, sizes and times of its files; for a model
 * of the hub, its id.
 */
export async function modelVersion(pathOrId: string): Promise<string> {
  const folder = await realpath(pathOrId).catch(() => undefined);
  if (folder === undefined || !(await stat(folder)).isDirectory()) return pathOrId;
  const hash = createHash('sha256');
  for (const name of (await readdir(folder, { recursive: true })).toSorted()) {
    const file = await stat(join(folder, name)).catch(() => undefined);
    if (file?.isFile() === true) hash.update(`${name} ${file.size} ${file.mtimeMs}\n`);
  }
  return `${folder} (${hash.digest('hex').slice(0, 12)})`;
}
