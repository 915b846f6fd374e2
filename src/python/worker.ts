import { readFileSync } from 'node:fs';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stripVTControlCharacters } from 'node:util';
import { ReferenceCallError, ReferenceUnavailableError, type UnavailableReason } from './errors.js';
import { makeExchangeDirectory, readLogTail, removeExchangeDirectory } from './exchange-directory.js';
import { isJsonObject } from './exchange-json.js';
import { type Message, decodeMessage, encodeMessage } from './exchange.js';
import { ownFile } from './own-file.js';
import { type PythonProcess, type WorkerModule, startPython } from './pythonia.js';

const CALL_DEADLINE_MS = 120_000;
// setTimeout treats a longer one as 0.
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1;
const STOP_PATIENCE_MS = 2_000;
const LOOK_EVERY_MS = 1_000;

/** The reference implementation in a separate Python process. */
export interface Reference {
  readonly versions: { python: string; torch: string; sentenceTransformers: string; threads: number };
  /** Whether all its packages have the versions that this package is verified against. */
  readonly isPinned: boolean;
  readonly pid: number;
  /** Whether it still answers calls: it was not stopped, and Python has not died. */
  readonly isAlive: boolean;
  /**
   * Calls the Python function "module.function" of the folder of modules and resolves to what it returns. Calls wait for
   * each other in order; `deadlineMs` (default 120,000) counts from the moment when Python begins with this one.
   *
   * Rejects with a `ReferenceCallError` if the function raises; with a `ReferenceUnavailableError` if Python died or
   * missed the deadline (it is then killed, and every later call rejects); with an `ExchangeError` for an invalid
   * message.
   */
  call(fn: string, message: Message, options?: { deadlineMs?: number }): Promise<Message>;
  /** Ends Python at once; running and waiting calls reject. */
  stop(): Promise<void>;
}

/** One Python process and its queue of calls. */
export class Worker implements Reference {
  readonly versions: Reference['versions'];
  readonly isPinned: boolean;
  readonly #modules: string;
  readonly #startDeadlineMs: number;
  readonly #directory: string;
  readonly #python: PythonProcess;
  readonly #exited: Promise<void>;
  readonly #onNodeExit = (): void => this.#tearDown();
  readonly #module: Promise<WorkerModule>;
  #pid = 0;
  #queue: Promise<unknown> = Promise.resolve();
  #calls = 0;
  readonly #imported = new Set<string>();
  #failure: ReferenceUnavailableError | undefined;
  /** Rejects the present step of Python. */
  #abort: ((error: ReferenceUnavailableError) => void) | undefined;

  constructor(
    python: string,
    modules: string,
    environment: Record<string, string>,
    { versions, isPinned }: Pick<Reference, 'versions' | 'isPinned'>,
    startDeadlineMs: number,
  ) {
    this.versions = versions;
    this.isPinned = isPinned;
    this.#modules = modules;
    this.#startDeadlineMs = startDeadlineMs;
    this.#directory = makeExchangeDirectory();
    try {
      this.#python = startPython(python, environment, (why) =>
        this.#fail('exchange', `the channel to Python is damaged: ${why}`),
      );
    } catch (error) {
      removeExchangeDirectory(this.#directory);
      throw error;
    }
    process.once('exit', this.#onNodeExit);
    this.#module = this.#python.load(ownFile('worker/worker.py'));
    this.#exited = new Promise((resolve) => {
      const ended = (how: string): void => {
        resolve();
        this.#fail('died', `the Python process ${how}`);
      };
      this.#python.child.once('exit', (code, signal) => ended(`ended with ${signal ?? `exit code ${code}`}`));
      this.#python.child.once('error', (error) => ended(`failed: ${error.message}`));
    });
  }

  get pid(): number {
    return this.#pid;
  }

  get isAlive(): boolean {
    return this.#failure === undefined;
  }

  async start(): Promise<void> {
    const pid = await this.#step('the start of Python', this.#startDeadlineMs, (module) =>
      module.start(this.#directory, this.#modules),
    );
    this.#pid = Number(pid);
  }

  async call(fn: string, message: Message, options: { deadlineMs?: number } = {}): Promise<Message> {
    const { deadlineMs = CALL_DEADLINE_MS } = options;
    if (!(deadlineMs > 0)) throw new RangeError(`deadlineMs is ${deadlineMs}; expected a positive number`);
    // Encoded at once, so that the caller may change its arrays while the call waits.
    const bytes = encodeMessage(message);
    const answer = this.#queue.then(() => this.#perform(fn, bytes, deadlineMs));
    this.#queue = answer.catch(() => undefined);
    return answer;
  }

  async stop(): Promise<void> {
    this.#fail('stopped', 'the reference was stopped');
    let timer: NodeJS.Timeout | undefined;
    const patience = new Promise((resolve) => (timer = setTimeout(resolve, STOP_PATIENCE_MS)));
    await Promise.race([this.#exited, patience]);
    clearTimeout(timer);
  }

  async #perform(fn: string, bytes: Uint8Array, deadlineMs: number): Promise<Message> {
    if (this.#failure !== undefined) throw this.#failure;
    const call = ++this.#calls;
    const request = join(this.#directory, `${call}.request`);
    const reply = join(this.#directory, `${call}.reply`);
    try {
      await this.#write(request, bytes);
      await this.#import(fn.split('.')[0] ?? '', fn, reply);
      const status = await this.#step(fn, deadlineMs, (module) => module.handle(fn, request, reply));
      const message = await this.#readReply(status, reply);
      if (status === 'raised') throw callError(fn, message);
      return message;
    } catch (error) {
      // Python's end removed the files, so that is the cause of the failure.
      throw this.#failure ?? error;
    } finally {
      await Promise.all([rm(request, { force: true }), rm(reply, { force: true })]);
    }
  }

  async #import(name: string, fn: string, reply: string): Promise<void> {
    if (this.#imported.has(name)) return;
    const status = await this.#step(`the import of ${name}`, this.#startDeadlineMs, (module) =>
      module.load(name, reply),
    );
    if (status !== 'done') {
      const error = callError(fn, await this.#readReply(status, reply));
      if (error.pythonType === 'LookupError') throw error;
      throw new ReferenceUnavailableError('start', `Python cannot import ${name}:\n${error.pythonTraceback}`);
    }
    this.#imported.add(name);
  }

  async #write(file: string, bytes: Uint8Array): Promise<void> {
    try {
      await writeFile(file, bytes);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      const message = `cannot write ${bytes.length} bytes for Python: ${why}`;
      throw new ReferenceUnavailableError('exchange', message, { cause });
    }
  }

  async #readReply(status: string, file: string): Promise<Message> {
    if (status.startsWith('failed')) throw new ReferenceUnavailableError('exchange', `Python ${status}`);
    try {
      return decodeMessage(await readFile(file));
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ReferenceUnavailableError('exchange', `Python's reply is damaged: ${why}`, { cause });
    }
  }

  /** Lets Python do one step. The timer also keeps Node alive meanwhile. */
  #step(
    what: string,
    deadlineMs: number,
    action: (module: WorkerModule) => Promise<string>,
  ): Promise<string> {
    return new Promise((resolve, reject) => {
      if (this.#failure !== undefined) throw this.#failure;
      const late = (): void => this.#fail('deadline', `${what} took longer than ${deadlineMs} ms`);
      const timer = setTimeout(late, Math.min(deadlineMs, LONGEST_TIMEOUT_MS));
      const look = setInterval(() => {
        if (isSuspended(this.#python.child.pid)) {
          this.#fail('suspended', `Python was suspended by a signal during ${what}`);
        }
      }, LOOK_EVERY_MS);
      const settle = (finish: () => void): void => {
        clearTimeout(timer);
        clearInterval(look);
        this.#abort = undefined;
        finish();
      };
      this.#abort = (error) => settle(() => reject(error));
      this.#module.then(action).then(
        (status) => settle(() => resolve(status)),
        (error: unknown) => this.#fail('start', `${what} failed: ${describe(error)}`),
      );
    });
  }

  /** Ends Python and everything that waits for it. Only the first failure counts. */
  #fail(reason: UnavailableReason, what: string): void {
    if (this.#failure !== undefined) return;
    const log = readLogTail(this.#directory);
    const output = log === '' || reason === 'stopped' ? '' : `\nThe last lines of its output:\n${log}`;
    this.#failure = new ReferenceUnavailableError(reason, `${what}${output}`);
    this.#tearDown();
    this.#abort?.(this.#failure);
  }

  #tearDown(): void {
    process.off('exit', this.#onNodeExit);
    this.#python.child.kill('SIGKILL');
    this.#python.release();
    removeExchangeDirectory(this.#directory);
  }
}

/**
 * Whether a process was stopped, for example by SIGSTOP. Only Linux reports this; elsewhere the deadline ends the wait.
 */
function isSuspended(pid: number | undefined): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // The state follows the name of the program, which is in parentheses and may contain anything.
    return stat.slice(stat.lastIndexOf(')') + 2).startsWith('T');
  } catch {
    return false;
  }
}

function callError(fn: string, { meta }: Message): ReferenceCallError {
  const text = (key: string): string => {
    const value = isJsonObject(meta) ? meta[key] : undefined;
    return typeof value === 'string' ? value : '';
  };
  return new ReferenceCallError(fn, text('type'), text('message'), text('traceback'));
}

/** pythonia writes Python's traceback, in colours, into the stack and leaves the message empty. */
function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return stripVTControlCharacters(error.message || error.stack || error.name);
}
