import { createHash, randomUUID, type Hash } from 'node:crypto';
import { createWriteStream } from 'node:fs';
import { mkdir, rename, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import { type CachedRepository, sizeOf } from './cache.js';
import type { HubFile } from './listing.js';

/** Where the content of a file is kept: once for all commits that have it. */
export function blobFile({ folder }: CachedRepository, { sha256, blobId }: HubFile): string {
  return join(folder, 'blobs', sha256 ?? blobId);
}

/**
 * Writes the content of a file under another name, which it loses when all of it is there.
 *
 * @throws Error for content other than the hub lists, such as the page of a proxy
 */
export async function writeBlob(
  path: string,
  file: HubFile,
  content: ReadableStream,
  onWritten: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.incomplete`;
  const hash = hashFor(file);
  let written = 0;
  try {
    const bytes = Readable.fromWeb(content);
    bytes.on('data', (chunk: Uint8Array) => {
      hash.update(chunk);
      onWritten((written += chunk.length));
    });
    await pipeline(bytes, createWriteStream(unfinished));
    if (written !== file.size || hash.digest('hex') !== (file.sha256 ?? file.blobId)) {
      throw new Error(
        `${file.path} came as ${written} bytes that are not the ${file.size} that the hub lists; try again`,
      );
    }
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}

function hashFor({ sha256, size }: HubFile): Hash {
  return sha256 === undefined ? createHash('sha1').update(`blob ${size}\0`) : createHash('sha256');
}

/** Puts a blob into a snapshot, in place of a link that leads nowhere; several may do so at once. */
export async function linkBlob(blob: string, path: string, size: number): Promise<void> {
  if ((await sizeOf(path)) === size) return;
  await mkdir(dirname(path), { recursive: true });
  const unfinished = `${path}.${randomUUID()}.incomplete`;
  try {
    await symlink(relative(dirname(path), blob), unfinished);
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
}
