import { chmod, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';

const PERMISSIONS = 0o777;

/** Gives files and folders the permissions that those of the same paths have in an older folder, and the folder its own. */
export async function keepModes(
  older: string,
  fresh: string,
  files: readonly { readonly path: string }[],
): Promise<void> {
  const all = new Set(files.map(({ path }) => path));
  for (const { path } of files) {
    for (let above = dirname(path); !all.has(above); above = dirname(above)) all.add(above);
  }
  // Folders after what they hold, which a folder that is not writable would keep from changing.
  for (const path of [...all].toSorted((a, b) => b.length - a.length)) {
    const found = await stat(join(older, path)).catch(() => undefined);
    if (found !== undefined) await chmod(join(fresh, path), found.mode & PERMISSIONS);
  }
}
