import { readdir, rename, stat } from 'node:fs/promises';
import { basename, dirname, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { besideName, type LeftOver, leftOversOf } from '../left-overs.js';

export interface Besides {
  readonly writing: string;
  readonly complete: string;
  readonly old: string;
}

/** The prefix of the temporary names beside a folder that is written. */
export const HIDDEN = '.';

/**
 * The temporary names beside a folder that is written. A process that was killed may leave `.NAME.RUN.writing`, which
 * is unfinished; `.NAME.RUN.complete`, the complete folder that was to replace the old one; or `.NAME.RUN.old`, the
 * folder that was replaced. The next writing of the folder removes all three.
 */
export function besides(target: string, run: string): Besides {
  const name = (kind: string): string => besideName(target, run, kind, HIDDEN);
  return { writing: name('writing'), complete: name('complete'), old: name('old') };
}

/**
 * Finishes an interrupted replacement. A folder is replaced by two renames. If the process was killed between them, the
 * folder is missing, and both its old version and its complete successor are beside it; this renames the newest such
 * successor. A successor without an old version beside it had never begun to replace anything, so somebody else has
 * removed the folder since. Call this before reading a folder that does not exist. Returns whether there was something
 * to finish.
 */
export async function finishInterruptedSwap(path: string): Promise<boolean> {
  const target = resolve(path);
  const neighbours = await readdir(dirname(target)).catch((): string[] => []);
  if (neighbours.includes(basename(target))) return false;
  const left = await leftOversOf(target, HIDDEN);
  const moved = new Set(left.flatMap(({ run, kind }) => (kind === 'old' ? [run] : [])));
  const newest = await newestOf(left.filter(({ run, kind }) => kind === 'complete' && moved.has(run)));
  if (newest === undefined) return false;
  try {
    await rename(newest.path, target);
  } catch {
    // Another process has finished it first, or written the folder again.
    return false;
  }
  return true;
}

const LONGEST_SWAP_MS = 5_000;
const LOOK_EVERY_MS = 2;

/**
 * Waits for the short moment in which a process that replaces a folder has moved the old one away and not yet renamed
 * the new one. Call this before reading a folder that does not exist.
 */
export async function awaitSwap(path: string): Promise<void> {
  const target = resolve(path);
  const start = `${HIDDEN}${basename(target)}.`;
  for (const end = Date.now() + LONGEST_SWAP_MS; Date.now() < end; await setTimeout(LOOK_EVERY_MS)) {
    const names = await readdir(dirname(target)).catch((): string[] => []);
    if (names.includes(basename(target))) return;
    if (!names.some((name) => name.startsWith(start) && name.endsWith('.complete'))) return;
  }
}

async function newestOf(folders: readonly LeftOver[]): Promise<LeftOver | undefined> {
  let newest: { folder: LeftOver; time: number } | undefined;
  for (const folder of folders) {
    const time = (await stat(folder.path).catch(() => undefined))?.mtimeMs ?? 0;
    if (newest === undefined || time > newest.time) newest = { folder, time };
  }
  return newest?.folder;
}
