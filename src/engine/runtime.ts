import { createHash } from 'node:crypto';
import { encodeModel } from '../onnx/encode.js';
import { BufferPool } from './buffer-pool.js';
import { nodesInOrder, type Value } from './graph.js';
import { lower, type Program } from './lower.js';
import { SessionCache } from './session-cache.js';

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
  private pending: Request[] = [];

  /** Computes a value; all that are asked for in one turn of the event loop are one program. */
  compute(value: Value, held: () => ReadonlySet<Value>): Promise<void> {
    return new Promise((resolve, reject) => {
      this.pending.push({ value, held, resolve, reject });
      if (this.pending.length === 1) queueMicrotask(() => void this.flush());
    });
  }

  private async flush(): Promise<void> {
    const requests = this.pending;
    this.pending = [];
    try {
      const [first] = requests;
      if (first)
        await this.materialize(
          requests.map(({ value }) => value),
          first.held(),
        );
      for (const { resolve } of requests) resolve();
    } catch (error) {
      for (const { reject } of requests) reject(error);
    }
  }

  /**
   * Computes the values, and with them those of `held` that lie on the way: they are computed anyway, and what
   * follows starts from them instead of from the beginning of the history.
   */
  private async materialize(values: readonly Value[], held: ReadonlySet<Value>): Promise<void> {
    const wanted = new Set(values.filter(({ source }) => source.kind !== 'data'));
    for (const node of nodesInOrder([...wanted])) {
      for (const output of node.outputs) if (held.has(output)) wanted.add(output);
    }
    if (wanted.size === 0) return;
    const outputs = [...wanted];
    const program = lower(outputs, { isInput: () => true, inTiles: true });
    const session = await this.sessions.session(programKey(program), program);
    const results = await session.run(program, (value) => value, this.pool);
    outputs.forEach((value, index) => {
      const result = results[index] as Value;
      value.source = result.source;
      value.shared ||= result.shared;
    });
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
