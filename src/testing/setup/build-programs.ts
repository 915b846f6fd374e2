/**
 * Runs once, before all tests. A test process needs two and a half seconds to load the roughly 450 modules of a command with
 * tsx, but half a second for the built program. The programs are built from the current sources, in a folder that only this
 * test run uses. It also has a model of one layer.
 */
import { copyFileSync, mkdirSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { joinModules, readManifest, shippedPrograms } from '../../../scripts/programs/join-modules.js';
import { packageRoot } from '../../package-root.js';
import { BUILT_PROGRAMS } from '../../worker-thread.js';
import { ONE_LAYER_MODEL, TEST_PROGRAMS } from '../built-programs.js';
import { writeOneLayerModel } from './one-layer-model.js';

/** The folder that this run has made. */
let made: string | undefined;

export async function setup(): Promise<void> {
  // The projects of a run share the programs.
  if (process.env[BUILT_PROGRAMS] !== undefined) return;
  const root = packageRoot();
  const all = join(root, '.cache', 'test-programs');
  const folder = join(all, String(process.pid));
  made = folder;
  removeLeftOvers(all);
  mkdirSync(folder, { recursive: true });
  // The folder has the layout of the checkout, so that a program finds its version, its threads and the reference.
  copyFileSync(join(root, 'package.json'), join(folder, 'package.json'));
  for (const each of ['.cache', 'fixtures', 'parity', 'src']) {
    symlinkSync(join(root, each), join(folder, each), 'junction');
  }
  await writeOneLayerModel(join(root, 'fixtures', 'models', 'splade-bert'), join(folder, ONE_LAYER_MODEL));
  await joinModules(root, [...shippedPrograms(readManifest(root)), ...TEST_PROGRAMS], join(folder, 'dist'));
  process.env[BUILT_PROGRAMS] = folder;
}

export function teardown(): void {
  if (made === undefined) return;
  delete process.env[BUILT_PROGRAMS];
  rmSync(made, { recursive: true, force: true });
}

/** Removes what killed runs have left. */
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
