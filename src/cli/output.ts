import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { rmSync, type Stats } from 'node:fs';
import { type FileHandle, open, rename, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { InputError } from '../errors.js';
import { STANDARD } from './lines.js';

/** Where lines go. */
export interface Output {
  write(line: string): Promise<void>;
  /** Everything was written. */
  finish(): Promise<void>;
  /** Nothing of it is to stay. */
  discard(): Promise<void>;
}

/** Characters that are gathered before the system is asked to write them. */
const BLOCK = 2 ** 16;

/**
 * Standard output, a device or a pipe as it is; a file under another name, which it loses at the end: until then, and
 * however the process ends, the path holds what it held before.
 *
 * @throws InputError where there can be no such file
 */
export async function openOutput(path: string): Promise<Output> {
  if (path === STANDARD) return standardOutput;
  const present = await checkOutput(path);
  if (present !== undefined && !present.isFile()) return blocks(await open(path, 'w'));
  const unfinished = `${path}.${randomUUID()}.tmp`;
  const file = await open(unfinished, 'wx');
  const remove = (): void => rmSync(unfinished, { force: true });
  process.once('exit', remove);
  const output = blocks(file);
  return {
    ...output,
    finish: async () => {
      await output.finish();
      await rename(unfinished, path);
      process.off('exit', remove);
    },
    discard: async () => {
      await output.discard();
      remove();
      process.off('exit', remove);
    },
  };
}

/**
 * What is at the place of a file that is to be written; asked before the work that it is for.
 *
 * @throws InputError for a folder, and where the folder of the file is none
 */
export async function checkOutput(path: string): Promise<Stats | undefined> {
  if (path === STANDARD) return undefined;
  const present = await stat(path).catch(() => undefined);
  if (present?.isDirectory() === true) throw new InputError(`${path} is a folder; expected a file to write`);
  const folder = await stat(dirname(path)).catch(() => undefined);
  if (folder?.isDirectory() !== true) {
    throw new InputError(`there is no folder ${dirname(path)}; make it before ${path} is written into it`);
  }
  return present;
}

const standardOutput: Output = {
  write: async (line) => {
    if (!process.stdout.write(`${line}\n`)) await once(process.stdout, 'drain');
  },
  finish: () => Promise.resolve(),
  discard: () => Promise.resolve(),
};

function blocks(file: FileHandle): Output {
  let gathered: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    const text = gathered.join('');
    gathered = [];
    length = 0;
    await file.writeFile(text);
  };
  return {
    write: async (line) => {
      gathered.push(line, '\n');
      length += line.length + 1;
      if (length >= BLOCK) await flush();
    },
    finish: async () => {
      await flush();
      await file.close();
    },
    discard: () => file.close(),
  };
}
