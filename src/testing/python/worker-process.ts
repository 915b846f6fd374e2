import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { packageRoot } from '../../package-root.js';
import type { Reference } from '../../python/bridge.js';
import { findReferencePython } from '../../python/environment.js';
import type { JsonValue, Message, WireTensor } from '../../python/exchange.js';
import { waitUntil } from '../promises.js';

export const python = findReferencePython() ?? '';

/** The folder of the Python module `selftest`. */
export const selftest = fileURLToPath(new URL('.', import.meta.url));

export const empty: Message = { meta: null, tensors: {} };
export const message = (meta: JsonValue, tensors: Record<string, WireTensor> = {}): Message => ({
  meta,
  tensors,
});

/** Whether a process runs. A dead process that nobody has waited for yet ("Z") does not run. */
export function isRunning(pid: number): boolean {
  const state = spawnSync('ps', ['-o', 'stat=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
  return state !== '' && !state.startsWith('Z');
}

/** The exchange directory of the worker whose output goes to this file. */
export function directoryOf(inode: number): string | undefined {
  const parents = ['/dev/shm', tmpdir()].filter((folder) => existsSync(folder));
  const folders = parents.flatMap((parent) =>
    readdirSync(parent, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => join(parent, name)),
  );
  const isIt = (folder: string): boolean =>
    statSync(join(folder, 'python.log'), { throwIfNoEntry: false })?.ino === inode;
  return folders.filter((folder) => basename(folder).startsWith('sparse-encoder-')).find(isIt);
}

export async function directory(reference: Reference): Promise<string> {
  const { meta } = await reference.call('selftest.log_file', empty);
  const folder = directoryOf((meta as { inode: number }).inode);
  if (folder === undefined) throw new Error('the worker has no exchange directory');
  return folder;
}

export interface Script {
  child: ChildProcess;
  output: () => string;
  /** Its exit code, after it has ended and all its output has arrived. */
  closed: Promise<number | null>;
}

/** Runs TypeScript in a new Node process, with the worker `reference` already started. */
export function runScript(body: string): Script {
  const code = `
    import { startWorker } from './src/python/bridge.ts';
    const reference = await startWorker(${JSON.stringify(selftest)}, { python: ${JSON.stringify(python)} });
    export const empty = { meta: null, tensors: {} };
    const { meta: log } = await reference.call('selftest.log_file', empty);
    console.log('pid', reference.pid, 'log', log.inode);
    ${body}`;
  const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '-e', code], {
    cwd: packageRoot(),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  }
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, output: () => output, closed };
}

/** Waits for the script's worker. Returns its process id and the file of its output. */
export async function workerOf(script: Script): Promise<{ pid: number; inode: number }> {
  const line = (): RegExpExecArray | null => /pid (\d+) log (\d+)\n/.exec(script.output());
  await waitUntil(() => line() !== null, 20_000);
  const [, pid, inode] = line() ?? [];
  if (pid === undefined) throw new Error(`the script did not start: ${script.output()}`);
  return { pid: Number(pid), inode: Number(inode) };
}
