/** Writes the tables of the documents from the tables of the source: npm run readme */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { packageRoot } from '../src/package-root.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { DOCUMENTS, readDocument } from './readme/documents.js';
import { withTables } from './readme/tables.js';

function main(): void {
  for (const document of DOCUMENTS) {
    const file = join(packageRoot(), document);
    writeFileSync(`${file}.part`, withTables(readDocument(document)));
    renameSync(`${file}.part`, file);
  }
}

await runCommand(() =>
  newCommand('readme', {
    description: 'Writes the tables of the README, ARCHITECTURE.md and docs from the tables of the source.',
    examples: ['npm run readme'],
    exitCodes: { fine: 'written' },
  }).action(main),
);
