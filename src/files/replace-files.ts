import { lstat, rename, rm } from 'node:fs/promises';
import { dirname } from 'node:path';
import { UsageError } from '../errors.js';
import { isMissing } from './is-missing.js';
import { besideName, removeLeftOvers } from './left-overs.js';
import { withRun } from './run.js';
import { discard, followLinks, type Pieces, syncFolder, writeBeside, writeFileWhole } from './write-file.js';

export interface FileContent {
  readonly path: string;
  readonly pieces: Pieces;
}

/**
 * Writes files that belong together: each under a temporary name beside its path. Then the older files move aside, the
 * last one first, and the new ones move into place in the given order. So the last file, which leads to the others,
 * never exists while one of the others is missing or of another version. If anything fails, all older files are in
 * place, and none of the new ones. Symbolic links stay; their targets are replaced. A killed process may leave
 * `PATH.RUN.tmp`, a new file, and `PATH.RUN.old`, an older one; the next run removes both.
 *
 * @throws UsageError if a path is a folder, before anything is written
 */
export async function replaceFiles(files: readonly FileContent[]): Promise<void> {
  const [first, ...others] = files;
  // A single file is replaced in one step.
  if (first !== undefined && others.length === 0) return writeFileWhole(first.path, first.pieces);
  const targets: FileContent[] = [];
  for (const { path, pieces } of files) targets.push({ path: await followLinks(path), pieces });
  await withRun((run) => replaceAll(targets, run));
  for (const { path } of targets) await removeLeftOvers(path);
}

async function replaceAll(files: readonly FileContent[], run: string): Promise<void> {
  const older = await moves(files, run);
  const undo: (() => Promise<void>)[] = [];
  const move = async (from: string, to: string): Promise<void> => {
    await rename(from, to);
    undo.push(() => rename(to, from));
  };
  try {
    const fresh: { readonly temporary: string; readonly path: string }[] = [];
    for (const { path, pieces } of files) {
      const temporary = await writeBeside(path, pieces, run);
      undo.push(() => discard(temporary));
      fresh.push({ temporary, path });
    }
    for (const { path, aside } of older.toReversed()) await move(path, aside);
    for (const { temporary, path } of fresh) await move(temporary, path);
    for (const folder of new Set(files.map(({ path }) => dirname(path)))) await syncFolder(folder);
  } catch (error) {
    await undoAll(undo, error);
    throw error;
  }
  for (const { aside } of older) await rm(aside, { force: true });
}

/** The existing files, and their temporary paths. */
async function moves(files: readonly FileContent[], run: string): Promise<{ path: string; aside: string }[]> {
  const older: { path: string; aside: string }[] = [];
  for (const { path } of files) {
    if (await isTaken(path)) older.push({ path, aside: besideName(path, run, 'old') });
  }
  return older;
}

async function isTaken(path: string): Promise<boolean> {
  try {
    if (!(await lstat(path)).isDirectory()) return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
  throw new UsageError(`${path} is a folder; expected a file to replace, or none`);
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Stops at the first step that cannot be undone: undoing earlier ones would mix files of two versions. */
async function undoAll(undo: readonly (() => Promise<void>)[], cause: unknown): Promise<void> {
  try {
    for (const back of undo.toReversed()) await back();
  } catch (error) {
    throw new AggregateError(
      [cause, error],
      `${messageOf(cause)}; undoing the changes failed, too (${messageOf(error)}): older files may be beside their paths, with names that end in .old`,
      { cause: error },
    );
  }
}
