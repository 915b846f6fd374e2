import { createHash } from 'node:crypto';
import { UsageError } from '../errors.js';
import { encodeModel } from '../onnx/encode.js';
import { BufferPool } from './buffer-pool.js';
import { type OnnxEngineOptions, resolveEngineOptions } from './engine-options.js';
import { inputOf, nodesInOrder, type Value } from './graph.js';
import { lower, type Program } from './lower.js';
import { SessionCache } from './session-cache.js';
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
  /** Calls of compiled functions: one may assign a variable that the next one reads. */
  readonly calls = new Turns();
  /** Programs of recorded ops: what one of them computes, the next one does not compute again. */
  private readonly programs = new Turns();
  private pending: Request[] = [];
  private options = resolveEngineOptions();

  /** Elements of the tiles of programs from now on. */
  get tileElements(): number {
    return this.options.tileElements;
  }

  /** Programs and sessions from now on are made with these options. */
  async configure(options: OnnxEngineOptions): Promise<void> {
    this.options = options;
    await this.sessions.configure(options);
  }

  /** Computes a value; all that are asked for in one turn of the event loop are one program. */
  compute(value: Value, held: () => ReadonlySet<Value>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pending.push({ value, held, resolve, reject });
      if (this.pending.length === 1) queueMicrotask(() => void this.programs.take(() => this.flush()));
    });
  }

  private async flush(): Promise<void> {
    const requests = this.pending;
    this.pending = [];
    await this.answer(requests);
  }

  /** Together, or where that fails each on its own: the others are not to fail with it. */
  private async answer(requests: readonly Request[]): Promise<void> {
    const [first, ...others] = requests;
    if (first === undefined) return;
    try {
      await this.materialize(
        requests.map(({ value }) => value),
        first.held(),
      );
      for (const { resolve } of requests) resolve();
    } catch (error) {
      if (others.length === 0) first.reject(error);
      else for (const request of requests) await this.answer([request]);
    }
  }

  /**
   * Computes the values, and with them those of `held` that lie on the way: they are computed anyway, and what
   * follows starts from them instead of from the beginning of the history.
   */
  private async materialize(values: readonly Value[], held: ReadonlySet<Value>): Promise<void> {
    const wanted = new Set(values.filter(({ source }) => source.kind !== 'data'));
    const kept = withOperands(held);
    for (const node of nodesInOrder([...wanted])) {
      for (const output of node.outputs) if (kept.has(output)) wanted.add(output);
    }
    if (wanted.size === 0) return;
    const outputs = [...wanted];
    const program = lower(outputs, { isInput: () => true, tileElements: this.tileElements });
    requireNoPlaceholder(program);
    const results = await this.sessions.use(programKey(program), program, (session) =>
      session.run(program, (value) => value, this.pool),
    );
    outputs.forEach((value, index) => {
      const result = results[index] as Value;
      value.source = result.source;
      value.shared ||= result.shared;
    });
  }
}

/** Operators that others look through: what follows them starts from their operand. */
const VIEWS = new Set(['Expand', 'Reshape', 'Transpose']);

/** These values, and the operands of those that are views. */
function withOperands(values: ReadonlySet<Value>): ReadonlySet<Value> {
  const all = new Set(values);
  // A set that grows while it is gone through: operands may be views themselves.
  for (const { source } of all) {
    const operand = source.kind === 'node' && VIEWS.has(source.op) ? source.inputs[0] : undefined;
    if (operand) all.add(operand);
  }
  return all;
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

/** Programs of equal bytes are one. */
function programKey({ model }: Program): string {
  return createHash('sha1').update(encodeModel(model)).digest('base64');
}

let shared: Runtime | undefined;

export function sharedRuntime(): Runtime {
  shared ??= new Runtime();
  return shared;
}
