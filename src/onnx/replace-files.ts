import { randomUUID } from 'node:crypto';
import { open, rename, rm } from 'node:fs/promises';

export interface FileContent {
  readonly path: string;
  /** The bytes in order. */
  readonly pieces: Iterable<Uint8Array>;
}

/** One call of the system writes at most 2 GiB; smaller steps cost nothing. */
const STEP = 64 * 2 ** 20;

/**
 * Writes files that belong together under temporary names beside their places, then renames them in the order given.
 * If anything fails, none of them is left.
 */
export async function replaceFiles(files: readonly FileContent[]): Promise<void> {
  const written: string[] = [];
  try {
    const renames: (readonly [string, string])[] = [];
    for (const { path, pieces } of files) {
      const temporary = `${path}.${randomUUID()}.tmp`;
      written.push(temporary);
      await writePieces(temporary, pieces);
      renames.push([temporary, path]);
    }
    for (const [temporary, path] of renames) {
      await rename(temporary, path);
      written.push(path);
    }
  } catch (error) {
    for (const path of written) await rm(path, { force: true });
    throw error;
  }
}

async function writePieces(path: string, pieces: Iterable<Uint8Array>): Promise<void> {
  const file = await open(path, 'wx');
  try {
    for (const piece of pieces) {
      for (let position = 0; position < piece.length;) {
        const { bytesWritten } = await file.write(piece, position, Math.min(STEP, piece.length - position));
        position += bytesWritten;
      }
    }
  } finally {
    await file.close();
  }
}
