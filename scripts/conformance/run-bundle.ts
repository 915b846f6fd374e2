import { spawn, type ChildProcess } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { ReadableError } from '../../src/errors.js';
import { Message, type Spec, type SpecResult, type Task } from './protocol.js';

export interface RunOptions {
  /** Only specs whose full name contains this. */
  only: string;
  /** How long one spec may wait for a promise. */
  timeoutMs: number;
  /** A process that is silent for this long is stuck where its own timeouts cannot run, and is ended. */
  silenceMs: number;
  onTotal?: (specs: number) => void;
  onResult?: (result: SpecResult) => void;
  onProcess?: (child: ChildProcess) => void;
}

/** The specs could not be loaded, or ended one process after another. */
export class SpecProcessError extends ReadableError {
  override readonly kind = 'finding';
  override readonly name = 'SpecProcessError';
}

/** This many lost processes are a problem of the engine rather than of single specs. */
const MOST_LOST_PROCESSES = 20;

/**
 * Runs the specs of a bundle one after another in one process. A spec that ends the process has failed, and another
 * process continues after it.
 */
export async function runBundle(bundle: string, options: RunOptions): Promise<SpecResult[]> {
  const results: SpecResult[] = [];
  const done = new Set<string>();
  const keep = (result: SpecResult) => {
    results.push(result);
    options.onResult?.(result);
  };
  for (let lost = 0; ; lost++) {
    const task = { only: options.only, done: [...done], timeoutMs: options.timeoutMs };
    const ending = await runProcess(bundle, task, options, (result, inSpec) => {
      if (inSpec) done.add(result.id);
      keep(result);
    });
    if (ending.healthy) return results;
    const { at, inSpec } = ending;
    const reason = `the process with the specs ${ending.reason}`;
    if (at === undefined || lost === MOST_LOST_PROCESSES) throw new SpecProcessError(reason);
    done.add(at.id);
    keep({
      ...at,
      name: inSpec ? at.name : `after ${at.name}`,
      failures: [{ message: reason, stack: '' }],
      refusals: [],
    });
    if (ending.finished) return results;
  }
}

interface Ending {
  healthy: boolean;
  /** Whether every spec has run. */
  finished: boolean;
  /** The running spec, or the last one that ran. */
  at: Spec | undefined;
  inSpec: boolean;
  reason: string;
}

async function runProcess(
  bundle: string,
  task: Task,
  options: RunOptions,
  onResult: (result: SpecResult, inSpec: boolean) => void,
): Promise<Ending> {
  const child = spawn(process.execPath, ['--enable-source-maps', bundle], {
    stdio: ['pipe', 'ignore', 'pipe', 'pipe'],
  });
  options.onProcess?.(child);
  const closed = new Promise<string | undefined>((resolve) => {
    child.on('error', (error) => resolve(`could not be started: ${error.message}`));
    child.on('close', (code, signal) =>
      resolve(code === 0 ? undefined : `ended with ${signal ?? `exit code ${code}`}`),
    );
  });
  let stderr = '';
  child.stderr?.on('data', (chunk: Buffer) => (stderr = (stderr + chunk.toString()).slice(-2000)));
  // A process that ends before it has read its task is reported by its exit.
  child.stdin?.on('error', () => {});
  child.stdin?.end(JSON.stringify(task));

  let silent = false;
  const watchdog = setTimeout(() => {
    silent = true;
    child.kill('SIGKILL');
  }, options.silenceMs);
  let at: Spec | undefined;
  let inSpec = false;
  let finished = false;
  try {
    for await (const line of createInterface({ input: child.stdio[3] as Readable })) {
      watchdog.refresh();
      const message = Message.parse(JSON.parse(line));
      if (message.kind === 'ready' && task.done.length === 0) options.onTotal?.(message.specs);
      if (message.kind === 'started') {
        at = message.spec;
        inSpec = true;
      }
      if (message.kind === 'done') inSpec = false;
      if (message.kind === 'done' || message.kind === 'outside') {
        onResult(message.result, message.kind === 'done');
      }
      if (message.kind === 'finished') finished = true;
    }
    const trouble = silent ? `said nothing for ${options.silenceMs / 1000} s and was ended` : await closed;
    const reason = trouble ?? 'ended before its specs did';
    const healthy = finished && trouble === undefined;
    return { healthy, finished, at, inSpec, reason: stderr === '' ? reason : `${reason}\n${stderr.trim()}` };
  } finally {
    clearTimeout(watchdog);
    child.kill('SIGKILL');
  }
}
