import { closeSync, constants, fstatSync, openSync, readSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { ModelFileError } from '../errors.js';
import { modelRoot, realPathInside } from './folder/resolve-inside.js';
import { FILE_LIMITS, type FileKind } from './limits.js';

/** One system call reads at most 2 GiB. */
const STEP = 2 ** 30;

/** An open file of a model, and how long it is. */
export interface OpenFile {
  readonly path: string;
  readonly size: number;
  /** Throws a `ModelFileError` if the file has become shorter, or there is not enough memory */
  readonly read: (offset: number, length: number) => Uint8Array<ArrayBuffer>;
}

/**
 * Opens a file of a model's folder. Every file of a folder from elsewhere is opened by this function. It must be a
 * regular file, inside the model's folder (see `resolveInside`), and not larger than `FILE_LIMITS` allows.
 *
 * @throws ModelFileError
 */
export function withFile<T>(path: string, kind: FileKind, use: (file: OpenFile) => T): T {
  const { expected, bytes: limit } = FILE_LIMITS[kind];
  const descriptor = openRegular(path, expected);
  try {
    const { size } = fstatSync(descriptor);
    if (size > limit) {
      throw new ModelFileError(`${path} has ${size} bytes; expected ${expected} of at most ${limit}`);
    }
    const read: OpenFile['read'] = (offset, length) => readRange(descriptor, path, offset, length);
    refusePointer(path, size, read);
    return use({ path, size, read });
  } finally {
    closeSync(descriptor);
  }
}

/** All bytes of a file of a model's folder; see `withFile`. */
export function readBytes(path: string, kind: FileKind): Uint8Array<ArrayBuffer> {
  return withFile(path, kind, ({ size, read }) => read(0, size));
}

/** A repository that was cloned without Git LFS has this instead of a large file. */
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

function openRegular(path: string, expected: string): number {
  try {
    const real = realPathInside(modelRoot(dirname(path)), path);
    // Checked before opening, which would block on a named pipe, and again for the opened file.
    if (statSync(real).isFile()) {
      const descriptor = openSync(real, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
      if (fstatSync(descriptor).isFile()) return descriptor;
      closeSync(descriptor);
    }
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ModelFileError(`${path} cannot be read; expected ${expected}: ${why}`, { cause });
  }
  throw new ModelFileError(`${path} is not a regular file; expected ${expected}`);
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
