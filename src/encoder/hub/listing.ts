import { mkdir, readFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { z } from 'zod';
import { preview } from '../../files/preview.js';
import { writeTextWhole } from '../../files/write-file.js';
import type { CachedRepository } from './cache.js';

/** A file of a commit, as the hub lists it. */
export interface HubFile {
  readonly path: string;
  /** Bytes of the file itself. */
  readonly size: number;
  /** Git's SHA-1 of the file, or of the pointer to it. */
  readonly blobId: string;
  /** SHA-256 of a file that is stored outside git. */
  readonly sha256?: string;
  readonly xetHash?: string;
}

export const sha1 = z.string().regex(/^[0-9a-f]{40}$/, 'expected 40 hexadecimal digits');
export const sha256 = z.string().regex(/^[0-9a-f]{64}$/, 'expected 64 hexadecimal digits');
export const size = z.number().int().nonnegative();

/** The format of huggingface_hub since 1.31. A commit never changes, so its listing is valid forever. */
const treeFile = z.object({
  format_version: z.literal(1),
  files: z.record(
    z.string().refine(isInside),
    z.object({
      size,
      blob_id: sha1,
      lfs_sha256: sha256.nullish(),
      lfs_size: size.nullish(),
      xet_hash: sha256.nullish(),
    }),
  ),
});

const listingFile = ({ folder }: CachedRepository, commit: string): string =>
  join(folder, 'trees', `${commit}.json`);

/** The hub's listing of a commit, stored by this or another library; undefined if there is none. */
export async function readListing(
  repository: CachedRepository,
  commit: string,
): Promise<HubFile[] | undefined> {
  const text = await readFile(listingFile(repository, commit), 'utf8').catch(() => undefined);
  const tree = treeFile.safeParse(text === undefined ? undefined : jsonOf(text));
  if (!tree.success) return undefined;
  return Object.entries(tree.data.files).map(([path, file]) => ({
    path,
    size: file.lfs_size ?? file.size,
    blobId: file.blob_id,
    ...(file.lfs_sha256 && { sha256: file.lfs_sha256 }),
    ...(file.xet_hash && { xetHash: file.xet_hash }),
  }));
}

export async function writeListing(
  repository: CachedRepository,
  commit: string,
  files: readonly HubFile[],
): Promise<void> {
  const entries = files
    .toSorted((a, b) => (a.path < b.path ? -1 : 1))
    .map((file) => [
      file.path,
      {
        size: file.size,
        blob_id: file.blobId,
        ...(file.sha256 !== undefined && { lfs_sha256: file.sha256, lfs_size: file.size }),
        ...(file.xetHash !== undefined && { xet_hash: file.xetHash }),
      },
    ]);
  const path = listingFile(repository, commit);
  await mkdir(dirname(path), { recursive: true });
  const tree = { format_version: 1, files: Object.fromEntries(entries) as unknown };
  await writeTextWhole(path, JSON.stringify(tree, undefined, 1));
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * The name of a file on the hub becomes part of a path here.
 *
 * @throws Error if no file of a folder can have this name
 */
export function checkPath(path: string): void {
  if (isInside(path)) return;
  throw new Error(`the hub names a file ${preview(path)}; expected a path inside the folder`);
}

function isInside(path: string): boolean {
  return (
    !/\p{Cc}/u.test(path) && path.split('/').every((part) => part !== '' && part !== '.' && part !== '..')
  );
}
