import { randomUUID } from 'node:crypto';
import { readdir, rename } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';

export interface Besides {
  readonly writing: string;
  readonly complete: string;
  readonly old: string;
}

/**
 * Names that the writing of a folder uses beside it, which begin with a dot and hold the process. Of a process that was
 * killed may be left: `.NAME.RUN.writing`, unfinished; `.NAME.RUN.complete`, all of it, which was to replace the folder;
 * `.NAME.RUN.old`, the folder that was replaced. If the folder itself is there, all three may be deleted.
 */
export function besides(target: string, run: string): Besides {
  const start = join(dirname(target), `.${basename(target)}.${run}`);
  return { writing: `${start}.writing`, complete: `${start}.complete`, old: `${start}.old` };
}

/**
 * A folder is replaced by two renames. If the process was killed between them, the folder is missing and its complete
 * successor lies beside it: gives it its name. To be called before reading a folder that is not there. Returns whether
 * there was something to finish.
 */
export async function finishInterruptedSwap(path: string): Promise<boolean> {
  const target = resolve(path);
  const neighbours = await readdir(dirname(target)).catch((): string[] => []);
  if (neighbours.includes(basename(target))) return false;
  const start = `.${basename(target)}.`;
  const complete = neighbours.find(
    (name) => name.startsWith(start) && /^\d+-[0-9a-f]{8}\.complete$/.test(name.slice(start.length)),
  );
  if (complete === undefined) return false;
  await rename(join(dirname(target), complete), target);
  return true;
}

/** Of a process: its number, and what tells its writings from each other. */
export function newRun(): string {
  return `${process.pid}-${randomUUID().slice(0, 8)}`;
}
