/** Refuses turns of phrase that readers stumbled over, in the source and the documents: npm run phrases */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { counted } from '../src/counted.js';
import { packageRoot } from '../src/package-root.js';
import { EXIT } from '../src/shell/exit-codes.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { phrasesIn } from './phrases/phrases.js';
import { DOCUMENTS } from './readme/documents.js';

const FOLDERS = ['src', 'parity', 'scripts'];
/** The list itself, code that is generated, and texts that are data. */
const LEFT_OUT = [/^scripts\/phrases/, /^src\/onnx\/generated\//, /\/wordnet\//];

function main(): void {
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
  process.stdout.write(`${counted(files.length, 'file')}, ${counted(found.length, 'phrase')}\n`);
  if (found.length > 0) process.exitCode = EXIT.finding;
}

await runCommand(() =>
  newCommand('phrases', {
    description: 'Refuses turns of phrase that readers stumbled over, in the source and the documents.',
    examples: ['npm run phrases'],
    exitCodes: { finding: 'a phrase' },
  }).action(main),
);
