import { join } from 'node:path';
import { MODULES_FILE } from '../../files/folder/modules-json.js';
import { SENTENCE_TRANSFORMERS_CONFIG_FILE } from '../../files/folder/sentence-transformers-config.js';
import { readBytes } from '../../files/read-bytes.js';
import { cachedCommit, type CachedRepository, isKnownAbsent, sizeOf, snapshotFolder } from './cache.js';
import { readListing } from './listing.js';
import { neededFiles } from './needed-files.js';

/** The part of a revision in the hub cache. */
export interface CachedSnapshot {
  readonly folder: string;
  /** Whether the hub's listing of the commit is here, which says which files belong to it. */
  readonly isListed: boolean;
  /**
   * Files that the model needs and that are missing or incomplete here. Without a listing: files that may or may not
   * belong to the commit, and without which the others would be a different model.
   */
  readonly missing: readonly string[];
}

/** Without them a SPLADE model looks like a bare checkpoint, or like a dense model. */
const DECIDING_FILES = [MODULES_FILE, SENTENCE_TRANSFORMERS_CONFIG_FILE];

/** undefined if the cache has no file of the revision. */
export async function cachedSnapshot(
  repository: CachedRepository,
  revision: string,
): Promise<CachedSnapshot | undefined> {
  const commit = await cachedCommit(repository, revision);
  if (commit === undefined) return undefined;
  const folder = snapshotFolder(repository, commit);
  const missing = await missingFiles(repository, commit, folder);
  if (missing !== undefined) return { folder, isListed: true, missing };

  const isAnything = [MODULES_FILE, 'config.json'].map((name) => sizeOf(join(folder, name)));
  if ((await Promise.all(isAnything)).every((size) => size === undefined)) return undefined;
  const undecided: string[] = [];
  for (const name of DECIDING_FILES) {
    if ((await sizeOf(join(folder, name))) !== undefined) continue;
    if (!(await isKnownAbsent(repository, commit, name))) undecided.push(name);
  }
  return { folder, isListed: false, missing: undecided };
}

/** undefined without a listing. */
async function missingFiles(
  repository: CachedRepository,
  commit: string,
  folder: string,
): Promise<string[] | undefined> {
  const files = await readListing(repository, commit);
  if (files === undefined) return undefined;
  const missing = new Set<string>();
  const needed = await neededFiles(files, ({ path }) => {
    try {
      return new TextDecoder().decode(readBytes(join(folder, path), 'config'));
    } catch {
      missing.add(path);
      return '';
    }
  });
  for (const { path, size } of needed) {
    if ((await sizeOf(join(folder, path))) !== size) missing.add(path);
  }
  return [...missing];
}
