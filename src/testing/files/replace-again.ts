/** Replaces the folder argv[2] by copies of argv[3] and argv[4] in turn, until it is killed. */
import { readFileSync, readdirSync } from 'node:fs';
import { join, relative } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { type FileWriter, writeFolder } from '../../files/folder/write-folder.js';
import { writeFileWhole } from '../../files/write-file.js';

const LONGEST_PAUSE_MS = 400;
const [, , target = '', ...sources] = process.argv;

function writersOf(folder: string): FileWriter[] {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile())
    .map(({ parentPath, name }) => join(parentPath, name));
  return files.map((file) => {
    const bytes = readFileSync(file);
    return { path: relative(folder, file), write: (to) => writeFileWhole(to, [bytes]) };
  });
}

const versions = sources.map(writersOf);
for (let turn = 0; ; turn++) {
  await writeFolder(target, versions[turn % versions.length] ?? [], { overwrite: true });
  process.send?.(turn);
  // The pause is long enough that loading sometimes succeeds, at a different moment each time.
  await setTimeout(LONGEST_PAUSE_MS * Math.random());
}
