import { AsyncLocalStorage } from 'node:async_hooks';
import { describe } from '../describe.js';
import { type EngineName, ENGINES } from '../engine-names.js';
import { OptionError } from '../errors.js';
import { tf } from '../tf.js';
import { replaceCpuKernels } from './cpu/register.js';
import { EngineUnavailableError } from './errors.js';
import { registerOnnxBackend } from './register.js';
import { type OnnxEngineOptions, requireProviders, resolveEngineOptions } from './runtime/engine-options.js';
import { loadOrt } from './runtime/ort.js';
import { sharedRuntime } from './runtime/runtime.js';
import { Turns } from './runtime/turns.js';
import { onBackend, switchBackend } from './switch-backend.js';

/** Registers an engine with tfjs. The packages of an engine are loaded when it is chosen. */
const REGISTER: Readonly<Record<EngineName, (options?: Partial<OnnxEngineOptions>) => Promise<void>>> = {
  onnx: async (given) => {
    const options = resolveEngineOptions(given);
    if (given?.executionProviders) requireProviders(await loadOrt(), options);
    registerOnnxBackend();
    if (given) await sharedRuntime().configure(options);
  },
  cpu: async (given) => {
    refuseOptions('cpu', given);
    replaceCpuKernels();
  },
  tensorflow: async (given) => {
    refuseOptions('tensorflow', given);
    const { loadTensorFlow } = await import('./tensorflow.js');
    loadTensorFlow();
  },
};

/** Code that runs on its own engine through `withEngine`. The outermost scope is the process. */
interface Scope {
  /** undefined if none was set. */
  engine: EngineName | undefined;
  /** Its calls of `setEngine` and `withEngine`, one after another: each restores what it found. */
  readonly turns: Turns;
  readonly outer: Scope | undefined;
  ended: boolean;
}

/** Outside of every `withEngine`. */
export const PROCESS: Scope = { engine: undefined, turns: new Turns(), outer: undefined, ended: false };
const scopes = new AsyncLocalStorage<Scope>();

/** The scope of the running code. Code that outlives its scope belongs to the surrounding scope. */
function currentScope(): Scope {
  let scope = scopes.getStore() ?? PROCESS;
  while (scope.ended && scope.outer !== undefined) scope = scope.outer;
  return scope;
}

/**
 * Makes all tfjs operations of this process, and everything that encodes, run on the engine from now on. Existing
 * tensors are moved when they are used. Nothing else in this package changes tfjs's backend.
 *
 * Inside a scope of `withEngine`, the choice holds until that scope ends. Outside, while a scope is open, the call
 * waits for the end of the scope.
 *
 * @param options how the onnx engine uses ONNX Runtime. Default: the options set before
 * @throws OptionError if the name is not in `ENGINES`, or an option is unknown or belongs to another engine
 * @throws EngineUnavailableError if the engine's package or native part is missing; the engine then stays the same
 */
export async function setEngine(name: EngineName, options?: Partial<OnnxEngineOptions>): Promise<void> {
  const scope = currentScope();
  await scope.turns.take(async () => {
    await register(name, options);
    if (!(await tf.setBackend(name))) {
      throw new EngineUnavailableError(
        `tfjs cannot start the ${name} engine; its reason is on standard error`,
      );
    }
    scope.engine = name;
  });
}

/**
 * Runs a function on the engine and then puts tfjs's former backend back, also if the function throws or rejects.
 *
 * While a synchronous function runs, no other code does. tfjs has one backend for the whole process, so while an
 * asynchronous function awaits, other code also computes on the engine of the scope. (Encoding does not: it runs on the
 * engine of the code that called it.) Scopes do not overlap: a second call waits until the first one has ended, and a
 * nested call is part of its outer scope. So a function must not wait for a scope that was requested outside of it.
 *
 * @returns what the function returns
 * @throws OptionError if the name is not in `ENGINES`
 * @throws EngineUnavailableError if the engine's package or native part is missing; the function is then not called
 */
export async function withEngine<T>(name: EngineName, fn: () => T | Promise<T>): Promise<T> {
  const outer = currentScope();
  return await outer.turns.take(async () => {
    await register(name);
    // If a backend is still starting, that is the one to restore later.
    if (tf.getBackend()) await tf.ready();
    const scope: Scope = { engine: name, turns: new Turns(), outer, ended: false };
    const restore = switchBackend(name);
    try {
      const result = scopes.run(scope, fn);
      // A synchronous scope ends at once: an `await` would let other code run in it.
      return result instanceof Promise ? await result : result;
    } finally {
      scope.ended = true;
      restore();
    }
  });
}

/** The engine that `setEngine` or `withEngine` set for the running code; undefined if neither did. */
export function chosenEngine(): EngineName | undefined {
  for (let scope: Scope | undefined = currentScope(); scope !== undefined; scope = scope.outer) {
    if (scope.engine !== undefined) return scope.engine;
  }
  return undefined;
}

/** The engine for encoding: the chosen one, or else onnx. */
export function encodingEngine(): EngineName {
  return chosenEngine() ?? 'onnx';
}

/** Runs a synchronous function on the engine for encoding. tfjs's backend stays the user's. */
export function onEncodingEngine<T>(run: () => T): T {
  const name = encodingEngine();
  return name === 'onnx' ? onOnnx(run) : onBackend(name, run);
}

/** Runs a synchronous function on the onnx engine, whatever engine is chosen. tfjs's backend stays the user's. */
export function onOnnx<T>(run: () => T): T {
  registerOnnxBackend();
  return onBackend('onnx', run);
}

async function register(name: EngineName, options?: Partial<OnnxEngineOptions>): Promise<void> {
  if (!ENGINES.includes(name)) {
    throw new OptionError(`there is no engine ${describe(name)}; expected ${ENGINES.join(', ')}`);
  }
  // Otherwise tfjs advises every user of the cpu backend to install another one.
  tf.enableProdMode();
  await REGISTER[name](options);
}

function refuseOptions(name: EngineName, options: object | undefined): void {
  if (options !== undefined) {
    throw new OptionError(`the ${name} engine has no options; only the onnx engine has`);
  }
}
