import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isOver, RUN_SOURCE } from './run.js';

/** A file or folder that a writing left beside the place that it was for. */
export interface LeftOver {
  readonly path: string;
  readonly run: string;
  /** What the name ends in: `tmp`, `old`, ... */
  readonly kind: string;
}

/** How the names that a writing uses are made of the place that it is for: `PATH.RUN.KIND`, for a folder with a dot before. */
export function besideName(path: string, run: string, kind: string, prefix = ''): string {
  return join(dirname(path), `${prefix}${basename(path)}.${run}.${kind}`);
}

/** What writings that are provably over have left beside a place. */
export async function leftOversOf(path: string, prefix = ''): Promise<LeftOver[]> {
  const start = `${prefix}${basename(path)}.`;
  const pattern = new RegExp(`^(${RUN_SOURCE})\\.(\\w+)$`);
  const names = await readdir(dirname(path)).catch((): string[] => []);
  return names.flatMap((name) => {
    if (!name.startsWith(start)) return [];
    const [, run, kind] = pattern.exec(name.slice(start.length)) ?? [];
    if (run === undefined || kind === undefined || !isOver(run)) return [];
    return [{ path: join(dirname(path), name), run, kind }];
  });
}

/** Removes them: to be called when the place holds something newer. What cannot be removed stays. */
export async function removeLeftOvers(path: string, prefix = ''): Promise<void> {
  for (const { path: left } of await leftOversOf(path, prefix)) {
    await rm(left, { recursive: true, force: true }).catch(() => undefined);
  }
}
