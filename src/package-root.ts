import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const PACKAGE_NAME = 'sparse-encoder';

/**
 * The folder with this package's package.json. Files that are not compiled, such as Python modules, are found from it,
 * whether the caller is `src/*.ts` or the compiled `dist/src/*.js`.
 */
export function packageRoot(start: string = dirname(fileURLToPath(import.meta.url))): string {
  for (let folder = start; ; folder = dirname(folder)) {
    const manifest = join(folder, 'package.json');
    if (existsSync(manifest) && packageName(manifest) === PACKAGE_NAME) return folder;
    if (folder === dirname(folder)) {
      throw new Error(`no package.json named "${PACKAGE_NAME}" in ${start} or above; reinstall the package`);
    }
  }
}

function packageName(manifest: string): unknown {
  const content: unknown = JSON.parse(readFileSync(manifest, 'utf8'));
  return typeof content === 'object' && content !== null && 'name' in content ? content.name : undefined;
}
