import type { FileHandle } from 'node:fs/promises';
import { whileWriting } from '../files/write-file.js';

/** Characters that are collected before one system call writes them. */
const BLOCK = 2 ** 16;

export interface Blocks {
  write(line: string): Promise<void>;
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** @param path the path of the file, for errors */
export function blocks(file: FileHandle, path: string): Blocks {
  let gathered: string[] = [];
  let length = 0;
  const flush = async (): Promise<void> => {
    const text = gathered.join('');
    gathered = [];
    length = 0;
    await whileWriting(path, () => file.writeFile(text));
  };
  return {
    write: async (line) => {
      gathered.push(line, '\n');
      length += line.length + 1;
      if (length >= BLOCK) await flush();
    },
    flush,
    close: () => file.close(),
  };
}
