import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { QuirksExportOptions } from '../commands/quirks.js';
import { writeWhole } from '../report/report-files.js';
import { bugReports } from './bug-reports.js';

/** Writes a file for each fault of the reference into a folder, and prints their paths. */
export function exportQuirks({ output, json = false }: QuirksExportOptions): void {
  mkdirSync(output, { recursive: true });
  const written = bugReports().map(({ quirk, markdown }) => {
    const file = join(output, `sentence-transformers-${quirk.id}.md`);
    writeWhole(file, markdown);
    return { id: quirk.id, file };
  });
  process.stdout.write(
    json ? `${JSON.stringify(written, undefined, 2)}\n` : written.map(({ file }) => `${file}\n`).join(''),
  );
}
