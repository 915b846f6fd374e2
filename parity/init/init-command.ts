import { existsSync, mkdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { UsageError } from '../../src/errors.js';
import { PARITY_PACKAGES } from '../../src/python/optional-package.js';
import { writeWhole } from '../report/report-files.js';
import { initFiles } from './templates.js';

/** What the written files import, and what the comparison needs. It needs no recorded cases. */
const NEEDED = [
  'sparse-encoder',
  '@tensorflow/tfjs',
  ...PARITY_PACKAGES.split(' ').filter((name) => !name.startsWith('sparse-encoder-fixtures')),
];

/** Whether Node itself loads TypeScript. */
const LOADS_TYPESCRIPT = Boolean((process.features as { typescript?: unknown }).typescript);

/**
 * `sparse-encoder-parity init`: writes a configuration, an example and a workflow into a folder.
 *
 * @returns what to tell the user
 * @throws UsageError if one of the files is there already; then nothing is written
 */
export function initProject(folder: string): string {
  const files = initFiles({ typescript: LOADS_TYPESCRIPT });
  const present = Object.keys(files).filter((path) => existsSync(join(folder, path)));
  if (present.length > 0) {
    throw new UsageError(
      `${present.join(', ')} exists already; nothing was written. Move it away, or add a target to it.`,
    );
  }
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeWhole(join(folder, path), content);
  }
  const missing = NEEDED.filter((name) => !isInstalled(name, folder));
  return [
    ...Object.keys(files).map((path) => `wrote ${path}`),
    '',
    'Next:',
    ...(missing.length > 0 ? [`  npm install --save-dev ${missing.join(' ')}`] : []),
    '  npx sparse-encoder-parity run',
  ].join('\n');
}

function isInstalled(name: string, folder: string): boolean {
  try {
    const bare = name.replace(/(?<=.)@.*$/, '');
    createRequire(pathToFileURL(join(resolve(folder), 'parity.config.mjs'))).resolve(`${bare}/package.json`);
    return true;
  } catch {
    return false;
  }
}
