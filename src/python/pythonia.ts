import type { ChildProcess } from 'node:child_process';
import { preview } from '../files/preview.js';
import { ExchangeError, ReferenceUnavailableError } from './errors.js';
import { optionalPackage } from './optional-package.js';

/** The functions of worker/worker.py, as pythonia's proxy offers them. Strings of less than 4 KiB go both ways. */
export interface WorkerModule {
  start(directory: string, modules: string): Promise<string>;
  load(module: string, reply: string): Promise<string>;
  handle(fn: string, request: string, reply: string): Promise<string>;
}

export interface PythonProcess {
  readonly child: ChildProcess;
  load(file: string): Promise<WorkerModule>;
  /** Lets go of the process, so that another one can be started. */
  release(): void;
}

/** The part of pythonia that is used; its own types say `any`. */
interface Pythonia {
  python: (file: string) => Promise<WorkerModule>;
  com: {
    proc: ChildProcess | null;
    start(): void;
    end(): void;
    recieve(reply: unknown): void;
  };
}

/** What Node reads from the channel of a child process. */
interface ChannelHandle {
  onread: (...read: unknown[]) => void;
}

/** Where pythonia keeps its bridge; it does not export it. */
const BRIDGE = '__pythonBridge';

function pythoniaBridge(): { end(): void } | undefined {
  return (globalThis as { [BRIDGE]?: { end(): void } })[BRIDGE];
}

let pythonia: Pythonia | undefined;

/**
 * Starts `python` with these variables added to the environment. `onDamage` hears what is wrong with bytes on the channel
 * that are not a reply; without it they would end Node by an error that nobody can catch.
 */
export function startPython(
  python: string,
  environment: Record<string, string>,
  onDamage: (why: string) => void,
): PythonProcess {
  const { com, python: load } = withEnvironment({ ...environment, PYTHON_BIN: python }, startPythonia);
  const child = com.proc;
  if (child === null) throw new ReferenceUnavailableError('start', `pythonia did not start ${python}`);
  // Its failure to start and its end are both seen as 'exit' or 'error'; unheard, 'error' would end Node.
  child.on('error', () => undefined);
  guardReplies(com, child, onDamage);
  // An idle worker must not keep Node alive.
  child.unref();
  child.channel?.unref();
  return { child, load, release: () => com.end() };
}

function guardReplies(com: Pythonia['com'], child: ChildProcess, onDamage: (why: string) => void): void {
  const guarded =
    <T extends unknown[]>(action: (...given: T) => void) =>
    (...given: T): void => {
      try {
        action(...given);
      } catch (error) {
        onDamage(error instanceof Error ? error.message : String(error));
      }
    };
  const receive = com.recieve.bind(com);
  com.recieve = guarded((reply) => {
    if (!isReply(reply)) throw new ExchangeError(`${preview(reply)} is not a reply`);
    receive(reply);
  });
  const channel = channelOf(child);
  // Windows has none: pythonia reads stderr there, and prints what is not a reply.
  if (channel !== undefined) channel.onread = guarded(channel.onread.bind(channel));
}

/** Replies have the number of a request. What else Python can ask of pythonia, such as calls of ours, is never used. */
function isReply(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'r' in message &&
    typeof message.r === 'number' &&
    !('c' in message)
  );
}

/** Node keeps the channel under a symbol of its own, which pythonia takes it from, too. */
function channelOf(child: ChildProcess): ChannelHandle | undefined {
  const key = Object.getOwnPropertySymbols(child).find(({ description }) => description === 'kChannelHandle');
  return key === undefined ? undefined : (Reflect.get(child, key) as ChannelHandle);
}

function startPythonia(): Pythonia {
  if (pythonia !== undefined) {
    pythonia.com.start();
    return pythonia;
  }
  if (pythoniaBridge() !== undefined) {
    throw new ReferenceUnavailableError(
      'start',
      'pythonia is already in use in this process, with a Python of its own; compare in another process',
    );
  }
  // pythonia starts Python while it is loaded, from the environment of that moment. It is required, which loads at once, so nobody
  // else sees the changed environment.
  pythonia = optionalPackage('pythonia') as Pythonia;
  // Its timer only frees proxies of Python objects; the worker has one, and the timer keeps Node alive.
  pythoniaBridge()?.end();
  return pythonia;
}

function withEnvironment<T>(variables: Record<string, string>, action: () => T): T {
  // REQ_TIMEOUT 0: the bridge has deadlines of its own. DEBUG: pythonia would print every message.
  const changes: Record<string, string | undefined> = { ...variables, REQ_TIMEOUT: '0', DEBUG: undefined };
  const before = Object.keys(changes).map((name) => [name, process.env[name]] as const);
  setEnvironment(Object.entries(changes));
  try {
    return action();
  } finally {
    setEnvironment(before);
  }
}

function setEnvironment(variables: readonly (readonly [string, string | undefined])[]): void {
  for (const [name, value] of variables) {
    if (value === undefined) delete process.env[name];
    else process.env[name] = value;
  }
}
