import { createHash, type Hash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { mkdir, rename, symlink } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { besideName, removeLeftOvers } from '../../files/left-overs.js';
import { withRun } from '../../files/run.js';
import { discard, writeFileWhole } from '../../files/write-file.js';
import { type CachedRepository, sizeOf } from './cache.js';
import type { HubFile } from './listing.js';

/** The file with the content, shared by all commits that have it. */
export function blobFile({ folder }: CachedRepository, { sha256, blobId }: HubFile): string {
  return join(folder, 'blobs', sha256 ?? blobId);
}

/**
 * Writes the content of a file under a temporary name. The file gets its own name when it is complete and has the size
 * and hash that the hub lists.
 *
 * @param onWritten called with the number of bytes so far
 * @throws Error if the content differs, such as the page of a proxy; if it is longer, as soon as that shows
 */
export async function writeBlob(
  path: string,
  file: HubFile,
  content: AsyncIterable<Uint8Array>,
  onWritten: (bytes: number) => void,
): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await writeFileWhole(path, checked(file, content, onWritten));
}

/** Passes the content on, and ends with an error if it differs from the hub's listing. */
async function* checked(
  file: HubFile,
  content: AsyncIterable<Uint8Array>,
  onWritten: (bytes: number) => void,
): AsyncGenerator<Uint8Array> {
  const { size } = file;
  const hash = hashFor(file);
  let bytes = 0;
  for await (const chunk of content) {
    bytes += chunk.length;
    if (bytes > size) throw new Error(`${file.path} is longer than the ${size} bytes that the hub lists`);
    hash.update(chunk);
    yield chunk;
    onWritten(bytes);
  }
  if (bytes < size) throw new Error(`${file.path} ended after ${bytes} of ${size} bytes; try again`);
  const digest = hash.digest('hex');
  if (digest === hashOf(file)) return;
  throw new Error(
    `${file.path} is not the file that the hub lists: its hash is ${digest}; expected ${hashOf(file)}`,
  );
}

/** Whether an existing file in the cache has the size and the hash that the hub lists. */
export async function isIntact(path: string, file: HubFile): Promise<boolean> {
  if ((await sizeOf(path)) !== file.size) return false;
  const hash = hashFor(file);
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex') === hashOf(file);
}

const hashOf = ({ sha256, blobId }: HubFile): string => sha256 ?? blobId;

/** SHA-256 of a file stored outside git, otherwise git's hash of the file. */
function hashFor({ sha256, size }: HubFile): Hash {
  return sha256 === undefined ? createHash('sha1').update(`blob ${size}\0`) : createHash('sha256');
}

/** Links a blob into a snapshot, replacing a link that is broken or leads elsewhere. Several may do so at once. */
export async function linkBlob(blob: string, path: string): Promise<void> {
  await mkdir(dirname(path), { recursive: true });
  await withRun(async (run) => {
    const unfinished = besideName(path, run, 'tmp');
    try {
      await symlink(relative(dirname(path), blob), unfinished);
      await rename(unfinished, path);
    } finally {
      await discard(unfinished);
    }
  });
  await removeLeftOvers(path);
}
