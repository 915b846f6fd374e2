import type { ChildProcess } from 'node:child_process';
import { preview } from '../files/preview.js';
import { ExchangeError, ReferenceUnavailableError } from './errors.js';
import { optionalPackage } from './optional-package.js';

/** The functions of worker/worker.py through pythonia's proxy. Strings of less than 4 KiB go both ways. */
export interface WorkerModule {
  start(directory: string, modules: string): Promise<string>;
  load(module: string, reply: string): Promise<string>;
  handle(fn: string, request: string, reply: string): Promise<string>;
}

export interface PythonProcess {
  readonly child: ChildProcess;
  load(file: string): Promise<WorkerModule>;
  /** Releases the process, so that another one can be started. */
  release(): void;
}

/** The part of pythonia that is used here; its own types are `any`. */
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

/** The global variable in which pythonia stores its bridge; it does not export it. */
const BRIDGE = '__pythonBridge';

function pythoniaBridge(): { end(): void } | undefined {
  return (globalThis as { [BRIDGE]?: { end(): void } })[BRIDGE];
}

let pythonia: Pythonia | undefined;

/**
 * Starts `python` with these variables added to the environment. `onDamage` is called with what is wrong if bytes on
 * the channel are not a reply; without it, Node would end with an uncatchable error.
 */
export function startPython(
  python: string,
  environment: Record<string, string>,
  onDamage: (why: string) => void,
): PythonProcess {
  const { com, python: load } = withEnvironment({ ...environment, PYTHON_BIN: python }, startPythonia);
  const child = com.proc;
  if (child === null) throw new ReferenceUnavailableError('start', `pythonia did not start ${python}`);
  // Its failure to start and its end both arrive as 'exit' or 'error'; an unhandled 'error' would end Node.
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
  // Windows has none: there pythonia reads stderr, and prints lines that are not replies.
  if (channel !== undefined) channel.onread = guarded(channel.onread.bind(channel));
}

/**
 * Replies have the number of a request. Other messages that Python can send to pythonia, such as calls into Node, are
 * never used.
 */
function isReply(message: unknown): boolean {
  return (
    typeof message === 'object' &&
    message !== null &&
    'r' in message &&
    typeof message.r === 'number' &&
    !('c' in message)
  );
}

/** Node stores the channel under a symbol, from which pythonia takes it as well. */
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
  // pythonia starts Python while it is being loaded, with the environment of that moment. `require` loads it
  // synchronously, so nobody else sees the changed environment.
  pythonia = optionalPackage('pythonia') as Pythonia;
  // Its timer only frees proxies of Python objects. The worker has only one, and the timer keeps Node alive.
  pythoniaBridge()?.end();
  return pythonia;
}

function withEnvironment<T>(variables: Record<string, string>, action: () => T): T {
  // REQ_TIMEOUT 0: the bridge has its own deadlines. DEBUG: pythonia would print every message.
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
