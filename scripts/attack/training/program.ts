import { spawn } from 'node:child_process';
import { mkdirSync, symlinkSync } from 'node:fs';
import { copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { packageRoot } from '../../../src/package-root.js';
import { type Edit, joinModules, readManifest, shippedPrograms } from '../../programs/join-modules.js';

/**
 * Builds a program of this folder as JavaScript, which starts in a fifth of the time, after editing the sources.
 *
 * @param folder a new folder, which will have the layout of the checkout
 *
 * @throws RangeError as `joinModules`
 */
export async function builtProgram(
  name: string,
  folder: string,
  edits: readonly Edit[] = [],
): Promise<string> {
  const root = packageRoot();
  mkdirSync(folder);
  await copyFile(join(root, 'package.json'), join(folder, 'package.json'));
  for (const each of ['fixtures', 'node_modules']) {
    symlinkSync(join(root, each), join(folder, each), 'junction');
  }
  mkdirSync(join(folder, 'dist'));
  const path = `scripts/attack/training/${name}`;
  // The shipped programs include the ones that this program loads by name, such as threads.
  const programs = [...shippedPrograms(readManifest(root)), path];
  await joinModules(root, programs, join(folder, 'dist'), edits);
  return join(folder, 'dist', `${path}.js`);
}

export interface Ended {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly output: string;
  /** The lines that it printed, with the milliseconds since `begin`. */
  readonly said: readonly { readonly line: string; readonly at: number }[];
}

/** Runs a built program, and kills it this many milliseconds after it printed `begin`. */
export async function runBuilt(program: string, args: readonly string[], killAfter?: number): Promise<Ended> {
  const child = spawn(process.execPath, [program, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: { line: string; at: number }[] = [];
  let [output, begin] = ['', 0];
  let kill: Promise<unknown> | undefined;
  child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
  child.stdout.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().trimEnd().split('\n')) {
      if (line === 'begin') begin = performance.now();
      said.push({ line, at: performance.now() - begin });
    }
    if (killAfter !== undefined && begin > 0) kill ??= sleep(killAfter).then(() => child.kill('SIGKILL'));
  });
  return await new Promise((resolve, reject) => {
    child.once('error', reject).once('close', (code, signal) => resolve({ code, signal, output, said }));
  });
}
