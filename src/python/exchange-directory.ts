import {
  accessSync,
  closeSync,
  constants,
  mkdtempSync,
  openSync,
  readSync,
  fstatSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

export const SHARED_MEMORY = '/dev/shm';
// Containers often have 64 MiB of it, which a few gradients over a whole vocabulary fill.
export const SHARED_MEMORY_NEEDED = 1024 ** 3;
const LOG_TAIL_BYTES = 4096;

/** Where such folders are made: in memory if there is enough. */
export const exchangeParent = (): string => (hasSharedMemory() ? SHARED_MEMORY : tmpdir());

/** A private folder for the files of one worker. */
export function makeExchangeDirectory(): string {
  return mkdtempSync(join(exchangeParent(), 'sparse-encoder-'));
}

export function removeExchangeDirectory(directory: string): void {
  rmSync(directory, { recursive: true, force: true, maxRetries: 3 });
}

/** The end of Python's output. */
export function readLogTail(directory: string): string {
  try {
    const file = openSync(join(directory, 'python.log'), 'r');
    try {
      const { size } = fstatSync(file);
      const tail = Buffer.alloc(Math.min(size, LOG_TAIL_BYTES));
      readSync(file, tail, 0, tail.length, size - tail.length);
      return tail.toString('utf8').trim();
    } finally {
      closeSync(file);
    }
  } catch {
    // Python ended before it made the file.
    return '';
  }
}

function hasSharedMemory(): boolean {
  try {
    accessSync(SHARED_MEMORY, constants.W_OK);
    const { bavail, bsize } = statfsSync(SHARED_MEMORY);
    return bavail * bsize >= SHARED_MEMORY_NEEDED;
  } catch {
    return false;
  }
}
