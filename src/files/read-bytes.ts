import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { ModelFileError } from '../errors.js';

/** One call of the system reads at most 2 GiB. */
const STEP = 2 ** 30;

/** An open file of a model, and how long it is. */
export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** Throws `ModelFileError` if the file has become shorter meanwhile, or there is not so much memory */
  readonly read: (offset: number, length: number) => Uint8Array<ArrayBuffer>;
}

/** @throws ModelFileError if there is no such file, or it is not a plain one */
export function withFile<T>(path: string, expected: string, use: (file: OpenFile) => T): T {
  const descriptor = openPlain(path, expected);
  try {
    const { size } = fstatSync(descriptor);
    const read: OpenFile['read'] = (offset, length) => readRange(descriptor, path, offset, length);
    refusePointer(path, size, read);
    return use({ path, size, read });
  } finally {
    closeSync(descriptor);
  }
}

/** All bytes of a file that may not be larger than `limit`. */
export function readBytes(path: string, expected: string, limit: number): Uint8Array {
  return withFile(path, expected, ({ size, read }) => {
    if (size > limit) {
      throw new ModelFileError(`${path} has ${size} bytes; expected ${expected} of at most ${limit}`);
    }
    return read(0, size);
  });
}

/** What stands for a large file in a clone of a repository that was made without Git LFS. */
const POINTER = /^version https:\/\/git-lfs\.github\.com\/spec\/v1\n(?:.*\n)*size (\d+)\n/;
const LARGEST_POINTER = 1024;

/** @throws ModelFileError for a Git LFS pointer */
function refusePointer(path: string, size: number, read: OpenFile['read']): void {
  if (size > LARGEST_POINTER) return;
  const [isPointer, whole] = POINTER.exec(new TextDecoder().decode(read(0, size))) ?? [];
  if (isPointer === undefined) return;
  throw new ModelFileError(
    `${path} is a Git LFS pointer to a file of ${whole} bytes, not that file; run "git lfs pull" in its repository, or download the file`,
  );
}

function openPlain(path: string, expected: string): number {
  try {
    // Asked before opening: to open a named pipe waits for a writer.
    if (statSync(path).isFile()) return openSync(path, 'r');
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ModelFileError(`${path} cannot be read; expected ${expected}: ${why}`, { cause });
  }
  throw new ModelFileError(`${path} is not a file; expected ${expected}`);
}

function readRange(
  descriptor: number,
  path: string,
  offset: number,
  length: number,
): Uint8Array<ArrayBuffer> {
  const bytes = allocate(length, path);
  for (let done = 0; done < length;) {
    const count = readSync(descriptor, bytes, done, Math.min(STEP, length - done), offset + done);
    if (count === 0) throw new ModelFileError(`${path} became shorter while it was read; read it again`);
    done += count;
  }
  return bytes;
}

function allocate(length: number, path: string): Uint8Array<ArrayBuffer> {
  try {
    return new Uint8Array(length);
  } catch (cause) {
    throw new ModelFileError(
      `${path}: ${length} bytes cannot be held in memory at once; save the model in smaller shards`,
      { cause },
    );
  }
}
