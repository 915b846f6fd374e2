import { readdir, rm } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { isOver, RUN_SOURCE } from './run.js';

/** A file or folder that a run left beside its target path. */
export interface LeftOver {
  readonly path: string;
  readonly run: string;
  /** The ending of the name: `tmp`, `old`, ... */
  readonly kind: string;
}

/** The temporary names beside a target path: `PATH.RUN.KIND`, with a dot before it for a folder. */
export function besideName(path: string, run: string, kind: string, prefix = ''): string {
  return join(dirname(path), `${prefix}${basename(path)}.${run}.${kind}`);
}

/** The files beside a path that provably ended runs have left. */
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

/** Removes them. Call this when the path has something newer. Files that cannot be removed stay. */
export async function removeLeftOvers(path: string, prefix = ''): Promise<void> {
  for (const { path: left } of await leftOversOf(path, prefix)) {
    await rm(left, { recursive: true, force: true }).catch(() => undefined);
  }
}
