import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { WriteError } from '../errors.js';
import { isMissing } from './is-missing.js';
import { besideName, removeLeftOvers } from './left-overs.js';
import { markUnfinished, withRun } from './run.js';

/** The bytes of a file in order. They are made one after another, so that only one needs to be in memory. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One system call writes at most 2 GiB. Smaller steps cost nothing. */
const STEP = 64 * 2 ** 20;

/**
 * Writes a file under a temporary name beside its path, flushes it to disk, then renames it. Whatever happens, the path
 * has either its former contents or the whole new file. A symbolic link stays, and its target is written. A replaced
 * file passes its mode on. Leftovers of earlier runs whose processes have ended are removed.
 *
 * @throws WriteError that names the file, if the disk is full or fails
 */
export async function writeFileWhole(path: string, pieces: Pieces): Promise<void> {
  const place = await followLinks(path);
  await withRun(async (run) => {
    const temporary = await writeBeside(place, pieces, run);
    try {
      await rename(temporary, place);
    } catch (error) {
      await discard(temporary);
      throw error;
    }
  });
  await syncFolder(dirname(place));
  await removeLeftOvers(place);
}

export async function writeTextWhole(path: string, text: string): Promise<void> {
  await writeFileWhole(path, [new TextEncoder().encode(text)]);
}

/** Writes the future file at `path` under a temporary name beside it, flushes it to disk, and returns that name. */
export async function writeBeside(path: string, pieces: Pieces, run: string): Promise<string> {
  const temporary = besideName(path, run, 'tmp');
  markUnfinished(run, temporary);
  try {
    const file = await openLike(path, temporary);
    try {
      for await (const piece of pieces) await writePiece(file, piece, path);
      await whileWriting(path, () => file.sync());
    } finally {
      await file.close();
    }
    return temporary;
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** Makes a file with the mode of the file that it will replace, if there is one. */
export async function openLike(older: string, path: string): Promise<FileHandle> {
  const mode = await modeOf(older);
  const file = await open(path, 'wx', mode);
  // `open` removes what the process's umask forbids.
  if (mode !== undefined) await file.chmod(mode);
  return file;
}

async function modeOf(path: string): Promise<number | undefined> {
  const present = await stat(path).catch(() => undefined);
  return present === undefined ? undefined : present.mode & 0o777;
}

/** The path that a path leads to through symbolic links, even if nothing exists there yet. */
export async function followLinks(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  const target = await readlink(path).catch(() => undefined);
  if (target === undefined) return path;
  return followLinks(resolve(await realpath(dirname(path)), target));
}

/** Failing to delete a file must not hide the earlier error. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Flushes the names in a folder to disk. Windows has no such operation and does it by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Names the file in errors of a write: the system's own error does not. */
export async function whileWriting<T>(path: string, write: () => Promise<T>): Promise<T> {
  try {
    return await write();
  } catch (cause) {
    const { code, path: named } = cause as NodeJS.ErrnoException;
    if (code === undefined || named !== undefined) throw cause;
    throw new WriteError(path, cause as NodeJS.ErrnoException);
  }
}

async function writePiece(file: FileHandle, piece: Uint8Array, path: string): Promise<void> {
  for (let position = 0; position < piece.length;) {
    const length = Math.min(STEP, piece.length - position);
    const { bytesWritten } = await whileWriting(path, () => file.write(piece, position, length));
    position += bytesWritten;
  }
}
