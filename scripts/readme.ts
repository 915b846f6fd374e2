/** Writes the tables of the documents, and the schema of configurations, from the tables of the source: npm run readme */
import { renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { REPORT_SCHEMA_FILE, reportJsonSchema } from '../parity/report/json-schema.js';
import { SCHEMA_FILE, trainSchema } from '../src/cli/train/schema.js';
import { packageRoot } from '../src/package-root.js';
import { newCommand } from '../src/shell/new-command.js';
import { runCommand } from '../src/shell/run-command.js';
import { DOCUMENTS, readDocument } from './readme/documents.js';
import { withTables } from './readme/tables.js';

function main(): void {
  for (const document of DOCUMENTS) write(document, withTables(readDocument(document)));
  write(SCHEMA_FILE, `${JSON.stringify(trainSchema(), null, 2)}\n`);
  write(REPORT_SCHEMA_FILE, `${JSON.stringify(reportJsonSchema(), null, 2)}\n`);
}

function write(name: string, text: string): void {
  const file = join(packageRoot(), name);
  writeFileSync(`${file}.part`, text);
  renameSync(`${file}.part`, file);
}

await runCommand(() =>
  newCommand('readme', {
    description:
      'Writes the tables of the README, ARCHITECTURE.md and docs, and the schema of configurations, from the tables of the source.',
    examples: ['npm run readme'],
    exitCodes: { fine: 'written' },
  }).action(main),
);
