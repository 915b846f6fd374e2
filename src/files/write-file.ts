import { type FileHandle, open, readlink, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { WriteError } from '../errors.js';
import { isMissing } from './is-missing.js';
import { besideName, removeLeftOvers } from './left-overs.js';
import { markUnfinished, withRun } from './run.js';

/** The bytes of a file in order. Made one after the other, so that no more than one has to be in memory. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One call of the system writes at most 2 GiB; smaller steps cost nothing. */
const STEP = 64 * 2 ** 20;

/**
 * Writes a file under a temporary name beside its place, brings it to the disk, then renames it. Whatever happens, the
 * path holds what it held before or the whole of the new file. A symbolic link stays and its target is written; a file
 * that is replaced hands on its mode. What earlier writings of this file have left, whose processes are gone, is removed.
 *
 * @throws WriteError naming the file, if the disk is full or fails
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

/** Writes what is to be the file at `path` under a temporary name beside it, brings it to the disk, and gives that name. */
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

/** Makes a file with the mode of the one that it is to replace, if there is one. */
export async function openLike(older: string, path: string): Promise<FileHandle> {
  const mode = await modeOf(older);
  const file = await open(path, 'wx', mode);
  // `open` takes away what the process's mask forbids.
  if (mode !== undefined) await file.chmod(mode);
  return file;
}

async function modeOf(path: string): Promise<number | undefined> {
  const present = await stat(path).catch(() => undefined);
  return present === undefined ? undefined : present.mode & 0o777;
}

/** The place that a path leads to through symbolic links, also where nothing is there yet. */
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

/** A file that cannot be deleted does not hide the error before it. */
export async function discard(path: string): Promise<void> {
  await rm(path, { force: true }).catch(() => undefined);
}

/** Brings the names in a folder to the disk. Windows knows no such thing, and does it by itself. */
export async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const folder = await open(path, 'r');
  try {
    await folder.sync();
  } finally {
    await folder.close();
  }
}

/** Names the file that a write fails for: the system's own error names none. */
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
