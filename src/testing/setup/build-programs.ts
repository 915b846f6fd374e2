/**
 * Runs once, before all tests. A process of the tests loads the some 450 modules of a command in two and a half seconds
 * with tsx, and what is built in half a second. The programs are built from the sources of this moment, in a folder that
 * only this run of the tests uses.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { joinModules, readManifest, shippedPrograms } from '../../../scripts/programs/join-modules.js';
import { packageRoot } from '../../package-root.js';
import { BUILT_PROGRAMS } from '../../worker-thread.js';
import { TEST_PROGRAMS } from '../built-programs.js';

/** What this run has made. */
let made: string | undefined;

export async function setup(): Promise<void> {
  // The projects of a run share them.
  if (process.env[BUILT_PROGRAMS] !== undefined) return;
  const root = packageRoot();
  const all = join(root, '.cache', 'test-programs');
  const folder = join(all, String(process.pid));
  made = folder;
  removeLeftOvers(all);
  mkdirSync(folder, { recursive: true });
  // It looks like the checkout, so that a program finds its version, its threads and the reference.
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const each of ['.cache', 'fixtures', 'parity', 'src']) {
    symlinkSync(join(root, each), join(folder, each), 'junction');
  }
  await joinModules(root, [...shippedPrograms(readManifest(root)), ...TEST_PROGRAMS], join(folder, 'dist'));
  process.env[BUILT_PROGRAMS] = folder;
}

export function teardown(): void {
  if (made === undefined) return;
  delete process.env[BUILT_PROGRAMS];
  rmSync(made, { recursive: true, force: true });
}

/** Removes what runs that were killed have left. */
function removeLeftOvers(all: string): void {
  mkdirSync(all, { recursive: true });
  for (const pid of readdirSync(all)) {
    if (!isRunning(Number(pid))) rmSync(join(all, pid), { recursive: true, force: true });
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
