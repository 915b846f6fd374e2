import { createHash } from 'node:crypto';
import { UsageError } from '../../errors.js';
import { encodeModel } from '../../onnx/encode.js';
import { inputOf, type Value } from '../graph.js';
import { lower } from '../program/lower.js';
import type { Program } from '../program/program.js';
import { BufferPool } from './buffer-pool.js';
import { comingAlong } from './coming-along.js';
import { type OnnxEngineOptions, resolveEngineOptions, sessionOptions } from './engine-options.js';
import { SessionCache } from './session-cache.js';
import { shareLike } from './sharing.js';
import { Turns } from './turns.js';

interface Request {
  readonly value: Value;
  readonly held: () => ReadonlySet<Value>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** Compiles programs, keeps their sessions and runs them. */
export class Runtime {
  readonly sessions = new SessionCache();
  readonly pool = new BufferPool();
  /** Calls of compiled functions run one by one, since one may assign a variable that the next one reads. */
  readonly calls = new Turns();
  /** Programs of recorded ops run one by one, so that none computes again what an earlier one computed. */
  readonly #programs = new Turns();
  #pending: Request[] = [];
  #options = resolveEngineOptions();

  /** Elements of a tile in new programs. */
  get tileElements(): number {
    return this.#options.tileElements;
  }

  /** Whether programs run entirely on the processor. */
  get isOnProcessor(): boolean {
    return this.#options.executionProviders.every((provider) => provider === 'cpu');
  }

  /** Threads of one operator; null if ONNX Runtime chooses. */
  get threads(): number | null {
    return this.#options.threads;
  }

  /** Options for sessions of model files, which nobody recorded. */
  get sessionOptions(): ReturnType<typeof sessionOptions> {
    return sessionOptions(this.#options);
  }

  /** Sets the options of new programs and sessions. */
  async configure(options: OnnxEngineOptions): Promise<void> {
    this.#options = options;
    await this.sessions.configure(options);
  }

  /** Computes a value. All values requested in one turn of the event loop form one program. */
  compute(value: Value, held: () => ReadonlySet<Value>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#pending.push({ value, held, resolve, reject });
      if (this.#pending.length === 1) queueMicrotask(() => void this.#programs.take(() => this.#flush()));
    });
  }

  async #flush(): Promise<void> {
    const requests = this.#pending;
    this.#pending = [];
    await this.#answer(requests);
  }

  /**
   * Computes all requests together with the values that come along. If that fails, it tries without those values, then
   * each request separately, so that none fails because of another.
   */
  async #answer(requests: readonly Request[], held?: ReadonlySet<Value>): Promise<void> {
    const [first, ...others] = requests;
    if (first === undefined) return;
    const along = held ?? first.held();
    try {
      await this.#materialize(
        requests.map(({ value }) => value),
        along,
      );
      for (const { resolve } of requests) resolve();
    } catch (error) {
      if (along.size > 0) await this.#answer(requests, new Set());
      else if (others.length === 0) first.reject(error);
      else for (const request of requests) await this.#answer([request], along);
    }
  }

  /** Computes the values, and the values of `held` that come along. */
  async #materialize(values: readonly Value[], held: ReadonlySet<Value>): Promise<void> {
    const asked = values.filter(({ source }) => source.kind !== 'data');
    const wanted = new Set([...asked, ...comingAlong(asked, held)]);
    if (wanted.size === 0) return;
    const outputs = [...wanted];
    const program = lower(outputs, { isInput: () => true, tileElements: this.tileElements });
    requireNoPlaceholder(program);
    const results = await this.sessions.use(programKey(program), program, (session) =>
      session.run(program, (value) => value, this.pool),
    );
    outputs.forEach((value, index) => {
      const result = results[index] as Value;
      value.becomes(result.source);
      shareLike(value, result);
    });
  }
}

function requireNoPlaceholder({ inputs }: Program): void {
  for (const value of inputs.values()) {
    const { source } = inputOf(value);
    if (source.kind !== 'placeholder') continue;
    throw new UsageError(
      `a tensor that was read depends on ${source.name} of a function that compile() records: it has no elements, ` +
        'neither while the function runs nor afterwards; return it from the function and read the result',
    );
  }
}

/** Programs of equal bytes share a session. */
function programKey({ model }: Program): string {
  return createHash('sha1').update(encodeModel(model)).digest('base64');
}

let shared: Runtime | undefined;

export function sharedRuntime(): Runtime {
  shared ??= new Runtime();
  return shared;
}
