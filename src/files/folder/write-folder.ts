import { mkdir, realpath, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, relative, resolve } from 'node:path';
import { UsageError, WriteError } from '../../errors.js';
import { isMissing } from '../is-missing.js';
import { removeLeftOvers } from '../left-overs.js';
import { preview } from '../preview.js';
import { markUnfinished, withRun } from '../run.js';
import { syncFolder } from '../write-file.js';
import { keepModes } from './keep-modes.js';
import { type FolderSort, MODEL_FOLDER, requireReplaceable } from './replaceable.js';
import { checkRelativePath } from './resolve-inside.js';
import { besides, type Besides, finishInterruptedSwap, HIDDEN } from './swap.js';

/** A file of a folder: its path in it, with `/`, and a function that writes it durably. */
export interface FileWriter {
  readonly path: string;
  readonly write: (path: string) => Promise<void>;
}

export interface WriteFolderOptions {
  /** Whether to replace an existing folder with everything in it. */
  readonly overwrite?: boolean;
  /** The required kind of such a folder. Default: a model's folder. */
  readonly sort?: FolderSort;
}

/**
 * Writes a folder as a whole: under another name beside its path, then renamed. If anything fails, either the old
 * folder stays or the new one is complete. See `besides` for what a killed process leaves, and `finishInterruptedSwap`
 * for the one moment of a replacement in which neither has the name.
 *
 * New files get the permissions of replaced files with the same names.
 *
 * @throws UsageError if the path is taken: without `overwrite` by anything; with it by something that is not a folder
 *   of its kind, has other contents, or is under version control
 */
export async function writeFolder(
  path: string,
  writers: readonly FileWriter[],
  options: WriteFolderOptions = {},
): Promise<void> {
  checkPaths(path, writers);
  await finishInterruptedSwap(path);
  const target = await realPlace(path);
  const taken = await checkPlace(target, options);
  await mkdir(dirname(target), { recursive: true });
  await withRun((run) => {
    const names = besides(target, run);
    markUnfinished(run, names.writing);
    return writeInto(target, writers, names, taken);
  });
  await removeLeftOvers(target, HIDDEN);
}

async function writeInto(
  target: string,
  writers: readonly FileWriter[],
  names: Besides,
  taken: boolean,
): Promise<void> {
  try {
    await writeAll(names.writing, writers).catch(namingPlace(names.writing, target));
    if (taken) await keepModes(target, names.writing, writers);
    await rename(names.writing, taken ? names.complete : target).catch(refusingTaken(target));
    if (taken) await swap(names, target);
  } catch (error) {
    await discard(names.writing);
    // Kept if the old folder could not be renamed back.
    if (await exists(target)) await discard(names.complete);
    throw error;
  }
  await syncFolder(dirname(target));
  await rm(names.old, { recursive: true, force: true });
}

/** Replaces the temporary path in errors by the path that the user knows. */
function namingPlace(writing: string, target: string): (error: unknown) => never {
  return (error) => {
    if (!(error instanceof WriteError) || !error.path.startsWith(writing)) throw error;
    const path = join(target, relative(writing, error.path));
    throw new WriteError(path, error.cause as NodeJS.ErrnoException);
  };
}

/** @throws UsageError instead of the system's error if another process has made the folder meanwhile */
function refusingTaken(target: string): (error: unknown) => never {
  return (error) => {
    if (!isTaken(error)) throw error;
    throw new UsageError(
      `${target} was written by another process meanwhile; write to another folder, or replace it (${HOW})`,
      { cause: error },
    );
  };
}

async function writeAll(folder: string, writers: readonly FileWriter[]): Promise<void> {
  await mkdir(folder);
  const folders = new Set<string>();
  for (const writer of writers) {
    const place = join(folder, writer.path);
    await mkdir(dirname(place), { recursive: true });
    await writer.write(place);
    for (let above = dirname(place); above !== folder; above = dirname(above)) folders.add(above);
  }
  for (const each of folders) await syncFolder(each);
  await syncFolder(folder);
}

/** Attempts at a swap while other processes write the same folder. Each attempt delays one of the others. */
const MOST_TRIES = 1000;

/** If several processes write at once, each swaps its folder in, one after another, and the last one stays. */
async function swap(names: Besides, target: string): Promise<void> {
  await syncFolder(dirname(target));
  for (let tries = 1; ; tries++) {
    const moved = await moveAside(target, names.old);
    try {
      await rename(names.complete, target);
      return;
    } catch (error) {
      if (isTaken(error) && tries < MOST_TRIES) {
        await rm(names.old, { recursive: true, force: true });
        continue;
      }
      if (moved) await rename(names.old, target);
      throw error;
    }
  }
}

/** Whether there was something to move: between the two renames of another process there is nothing. */
async function moveAside(target: string, old: string): Promise<boolean> {
  try {
    await rename(target, old);
    return true;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
}

const isTaken = (error: unknown): boolean =>
  ['ENOTEMPTY', 'EEXIST'].includes(String((error as NodeJS.ErrnoException).code));

/** Failing to delete a file must not hide the earlier error. */
async function discard(path: string): Promise<void> {
  await rm(path, { recursive: true, force: true }).catch(() => undefined);
}

function checkPaths(target: string, writers: readonly FileWriter[]): void {
  const seen = new Set<string>();
  for (const { path } of writers) {
    checkRelativePath(path, target);
    if (path === '' || seen.has(path)) {
      throw new UsageError(
        `a folder cannot have the file ${preview(path)}; expected a valid name, different from the others`,
      );
    }
    seen.add(path);
  }
}

/** The target of a link: the link stays. */
async function realPlace(path: string): Promise<string> {
  return (await exists(path)) ? realpath(path) : resolve(path);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}

/** How the caller of a program or a command requests a replacement. */
const HOW = 'option overwrite, --force on the command line';

/** Whether there is a folder to replace. */
async function checkPlace(
  target: string,
  { overwrite = false, sort = MODEL_FOLDER }: WriteFolderOptions,
): Promise<boolean> {
  if (!(await exists(target))) return false;
  if (!overwrite) {
    throw new UsageError(`${target} exists; write to another folder, or replace it (${HOW})`);
  }
  if (!(await stat(target)).isDirectory()) {
    throw new UsageError(`${target} is not a folder; expected a folder to replace, or none`);
  }
  await requireReplaceable(target, sort);
  return true;
}
