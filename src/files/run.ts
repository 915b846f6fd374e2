import { createHash, randomUUID } from 'node:crypto';
import { readFileSync, readlinkSync, rmSync } from 'node:fs';
import { hostname } from 'node:os';
import { threadId } from 'node:worker_threads';

/**
 * The name of one run that writes files, as in the names of its unfinished files: HOST-PROCESS-THREAD-START-ID. From it
 * a later run can tell files of an ended process from files that a living one still needs.
 */
const RUN = /^([0-9a-f]{8})-(\d+)-(\d+)-(\d+)-[0-9a-f]{8}$/;
/** The same, for use inside a larger pattern. */
export const RUN_SOURCE = RUN.source.slice(1, -1).replaceAll(/\((?!\?)/g, '(?:');

/** The running runs of this thread, and the paths to remove if the process exits before they end. */
const active = new Map<string, string[]>();

/** Does some work with the name of a new run. */
export async function withRun<T>(work: (run: string) => Promise<T>): Promise<T> {
  const run = startRun();
  try {
    return await work(run);
  } finally {
    endRun(run);
  }
}

/** A run that does not end with a function. Call `endRun` to end it. */
export function startRun(): string {
  const { pid } = process;
  const run = `${host()}-${pid}-${threadId}-${stateOf(pid)?.start ?? 0}-${randomUUID().slice(0, 8)}`;
  if (active.size === 0) process.once('exit', removeUnfinished);
  active.set(run, []);
  return run;
}

/** Registers a file or folder that is useless unless its run ends: it is removed if the process exits before. */
export function markUnfinished(run: string, path: string): void {
  active.get(run)?.push(path);
}

export function endRun(run: string): void {
  active.delete(run);
  if (active.size === 0) process.off('exit', removeUnfinished);
}

function removeUnfinished(): void {
  for (const path of [...active.values()].flat()) rmSync(path, { recursive: true, force: true });
}

/**
 * Whether a run has provably ended: it belonged to this machine, and its process has ended (another process may have
 * its number). A run of another machine or container, or of another thread of this process, may still go on.
 */
export function isOver(run: string): boolean {
  const [, itsHost, process_, thread, start] = RUN.exec(run) ?? [];
  if (itsHost !== host()) return false;
  const pid = Number(process_);
  if (pid === process.pid && isSameStart(pid, start)) return Number(thread) === threadId && !active.has(run);
  return !isAlive(pid) || !isSameStart(pid, start);
}

const isSameStart = (pid: number, start: string | undefined): boolean => {
  const now = stateOf(pid)?.start;
  return now === undefined || start === '0' || now === start;
};

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    // EPERM means a process of another user.
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
  return stateOf(pid)?.isZombie !== true;
}

/** The state of a process on Linux; other systems have no such file. */
function stateOf(pid: number): { readonly start: string; readonly isZombie: boolean } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The name of the program, in parentheses, may contain anything. The state follows it, and the start is 19 fields
    // later.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { start: fields[19] ?? '0', isZombie: fields[0] === 'Z' || fields[0] === 'X' };
  } catch {
    return undefined;
  }
}

let known: string | undefined;

/** Identifies the machine and, in a container, the namespace of its processes. */
function host(): string {
  known ??= createHash('sha256').update(`${hostname()} ${processNamespace()}`).digest('hex').slice(0, 8);
  return known;
}

function processNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid');
  } catch {
    return '';
  }
}
