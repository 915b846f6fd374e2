/** Refuses turns of phrase that readers stumbled over, in the source and the documents: npm run phrases */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../parity/package-root.js';
import { phrasesIn } from './phrases/phrases.js';

const FOLDERS = ['src', 'parity', 'scripts'];
const DOCUMENTS = ['README.md', 'ARCHITECTURE.md'];
/** The list itself, code that is generated, and texts that are data. */
const LEFT_OUT = [/^scripts\/phrases/, /^src\/onnx\/generated\//, /\/wordnet\//];

const files = [
  ...DOCUMENTS,
  ...FOLDERS.flatMap((folder) =>
    readdirSync(join(packageRoot(), folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(?:ts|py)$/.test(name))
      .map((name) => `${folder}/${name.replaceAll('\\', '/')}`),
  ),
].filter((file) => !LEFT_OUT.some((pattern) => pattern.test(file)));

const found = files.flatMap((file) =>
  phrasesIn(readFileSync(join(packageRoot(), file), 'utf8')).map(
    ({ line, phrase }) => `${file}:${line}: ${phrase.name}; write ${phrase.instead}`,
  ),
);
for (const each of found) process.stdout.write(`${each}\n`);
process.stdout.write(`${files.length} files, ${found.length} phrases\n`);
process.exitCode = found.length > 0 ? 1 : 0;
