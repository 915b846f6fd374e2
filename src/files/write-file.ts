import { randomUUID } from 'node:crypto';
import { type FileHandle, open, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';

/** The bytes of a file in order. Made one after the other, so that no more than one has to be in memory. */
export type Pieces = Iterable<Uint8Array> | AsyncIterable<Uint8Array>;

/** One call of the system writes at most 2 GiB; smaller steps cost nothing. */
const STEP = 64 * 2 ** 20;

/**
 * Writes a file under a temporary name beside its place, brings it to the disk, then renames it. Whatever happens, the
 * path holds what it held before or the whole of the new file.
 */
export async function writeFileWhole(path: string, pieces: Pieces): Promise<void> {
  const temporary = await writeBeside(path, pieces);
  try {
    await rename(temporary, path);
  } catch (error) {
    await discard(temporary);
    throw error;
  }
  await syncFolder(dirname(path));
}

export async function writeTextWhole(path: string, text: string): Promise<void> {
  await writeFileWhole(path, [new TextEncoder().encode(text)]);
}

/** Writes what is to be the file at `path` under a temporary name beside it, brings it to the disk, and gives that name. */
export async function writeBeside(path: string, pieces: Pieces): Promise<string> {
  const temporary = `${path}.${randomUUID()}.tmp`;
  try {
    const file = await open(temporary, 'wx');
    try {
      for await (const piece of pieces) await writePiece(file, piece);
      await file.sync();
    } finally {
      await file.close();
    }
    return temporary;
  } catch (error) {
    await discard(temporary);
    throw error;
  }
}

/** What cannot be deleted either is no reason to hide the error that it comes after. */
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

async function writePiece(file: FileHandle, piece: Uint8Array): Promise<void> {
  for (let position = 0; position < piece.length;) {
    const { bytesWritten } = await file.write(piece, position, Math.min(STEP, piece.length - position));
    position += bytesWritten;
  }
}
