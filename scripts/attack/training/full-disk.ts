import { strict as assert } from 'node:assert';
import { execFileSync } from 'node:child_process';
import { mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { getuid, platform } from 'node:process';
import { trainOnce } from './run.js';
import { requireNothingElse, requireSameEnd, requireSound, type WholeRun } from './whole-run.js';

export const CAN_MOUNT = platform === 'linux' && getuid?.() === 0;

const PAGE = 4096;
const ENOUGH = 2 ** 26;

/** Pages that a folder takes. */
export function pagesOf(folder: string): number {
  const entries = readdirSync(folder, { recursive: true, withFileTypes: true });
  return entries.reduce(
    (sum, { parentPath, name }) => sum + Math.ceil(statSync(join(parentPath, name)).size / PAGE),
    1,
  );
}

/**
 * Trains on a file system of its own that has this many pages of memory, and resumes there with more.
 *
 * @returns whether it was too small
 */
export async function trainOnFullDisk(folder: string, whole: WholeRun, pages: number): Promise<boolean> {
  const disk = join(folder, 'disk');
  mkdirSync(disk);
  const size = (bytes: number): string => `size=${bytes}`;
  execFileSync('mount', ['-t', 'tmpfs', '-o', size(pages * PAGE), 'tmpfs', disk]);
  try {
    const output = join(disk, 'run');
    let saved = 0;
    const error = await trainOnce(output, { onSave: (step) => (saved = step) }).then(
      () => undefined,
      (cause: unknown) => cause as Error,
    );
    if (error !== undefined) assert.match(error.message, /ENOSPC/);
    await requireSound(output, whole, saved);
    requireNothingElse(output);
    execFileSync('mount', ['-o', `remount,${size(ENOUGH)}`, disk]);
    await requireSameEnd(output, whole);
    return error !== undefined;
  } finally {
    execFileSync('umount', ['--lazy', disk]);
  }
}
