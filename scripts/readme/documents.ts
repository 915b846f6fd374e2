import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../../src/package-root.js';

export const README = 'README.md';

/** Every document of the repository, by its path from the root. */
export const DOCUMENTS: readonly string[] = [
  README,
  'ARCHITECTURE.md',
  ...readdirSync(join(packageRoot(), 'docs'), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `docs/${name.replaceAll('\\', '/')}`)
    .toSorted(),
];

export const readDocument = (path: string): string => readFileSync(join(packageRoot(), path), 'utf8');
