import { chmod, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const PERMISSIONS = 0o777;

/**
 * Gives files and folders the permissions of the files and folders at the same paths in an older folder, and the folder
 * itself the older folder's.
 */
export async function keepModes(
  older: string,
  fresh: string,
  files: readonly { readonly path: string }[],
): Promise<void> {
  const all = new Set(files.map(({ path }) => path));
  for (const { path } of files) {
    for (let above = dirname(path); !all.has(above); above = dirname(above)) all.add(above);
  }
  // Folders come after their contents, which a folder that is not writable would protect from changes.
  for (const path of [...all].toSorted((a, b) => b.length - a.length)) {
    const found = await stat(join(older, path)).catch(() => undefined);
    if (found !== undefined) await chmod(join(fresh, path), found.mode & PERMISSIONS);
  }
}
