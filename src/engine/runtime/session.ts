import type * as Ort from 'onnxruntime-node';
import { encodeModel } from '../../onnx/encode.js';
import type { TypedArray } from '../../onnx/model.js';
import { sizeOf, Value } from '../graph.js';
import type { Program, ProgramOutput } from '../program/program.js';
import { type Elements, isTensorType, type TensorType } from '../storage.js';
import { BackgroundSession } from './background/background-session.js';
import type { BufferPool } from './buffer-pool.js';
import { describeNoBuffer, describeRefusal } from './faults.js';
import { fenced, runToFence } from './fence.js';
import { loadOrt } from './ort.js';
import { requireRunnable } from './provider.js';
import { share } from './sharing.js';

type Feeds = Record<string, Ort.Tensor>;

/** One ONNX Runtime session of one program. */
export class Session {
  readonly #inner: Ort.InferenceSession | BackgroundSession;
  readonly #ort: typeof Ort;

  private constructor(ort: typeof Ort, inner: Ort.InferenceSession | BackgroundSession) {
    this.#ort = ort;
    this.#inner = inner;
  }

  static async create(program: Program, options: Ort.InferenceSession.SessionOptions): Promise<Session> {
    const ort = await loadOrt();
    try {
      if (program.inBackground === true) {
        return new Session(ort, await BackgroundSession.create(encodeModel(program.model), options));
      }
      const bytes = encodeModel(program.fixedShapes ? fenced(program.model) : program.model);
      return new Session(ort, await ort.InferenceSession.create(bytes, options));
    } catch (error) {
      await requireRunnable(ort, options);
      throw describeRefusal(error, program);
    }
  }

  /**
   * Computes the outputs of a program: the session's own program, or one of equal bytes. `bind` returns the tensor for
   * an input, whose elements are read in place. The results use arrays of the pool.
   */
  async run(program: Program, bind: (value: Value) => Value, pool: BufferPool): Promise<Value[]> {
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [name, value] of program.inputs) {
      feeds[name] =
        value.source.kind === 'rows'
          ? this.#rows(name, value.shape, bind(value.source.of), value.source.begin)
          : this.#tensor(name, bind(value));
    }
    const inner = this.#inner;
    return program.fixedShapes && !(inner instanceof BackgroundSession)
      ? await this.#runIntoPool(inner, program, feeds, pool)
      : await this.#runAndCopy(program, feeds);
  }

  async #runIntoPool(
    inner: Ort.InferenceSession,
    program: Program,
    feeds: Feeds,
    pool: BufferPool,
  ): Promise<Value[]> {
    const taken = new Map<string, Value>();
    try {
      const results = program.outputs.map((output) =>
        once(taken, output, () => takeFrom(pool, output, program)),
      );
      const fetches: Record<string, Ort.Tensor> = {};
      program.outputs.forEach((output, index) => this.#addFetches(fetches, output, results[index] as Value));
      await runToFence((given) => inner.run(feeds, given), fetches).catch((error: unknown) => {
        throw describeRefusal(error, program);
      });
      return results;
    } catch (error) {
      for (const { type, source } of taken.values()) {
        if (source.kind === 'data') pool.give(type as TensorType, source.elements as Elements);
      }
      throw error;
    }
  }

  /** Lets the run write the parts of an output directly to their positions in the whole. */
  #addFetches(fetches: Record<string, Ort.Tensor>, { parts, shape }: ProgramOutput, whole: Value): void {
    parts.forEach(({ name, begin }, index) => {
      const end = parts[index + 1]?.begin ?? shape[0];
      const partShape = parts.length === 1 ? shape : [(end as number) - begin, ...shape.slice(1)];
      fetches[name] = this.#rows(name, partShape, whole, begin);
    });
  }

  /** For programs whose shapes are not known in advance, or whose arrays cannot be shared with the computing thread. */
  async #runAndCopy(program: Program, feeds: Feeds): Promise<Value[]> {
    const results = await this.#inner.run(feeds).catch((error: unknown) => {
      throw describeRefusal(error, program);
    });
    const made = new Map<string, Value>();
    return program.outputs.map((output) =>
      once(made, output, () => {
        const { type, dims, data } = results[output.parts[0]?.name ?? ''] as Ort.Tensor;
        return new Value(type as TensorType, dims, { kind: 'data', elements: data as TypedArray });
      }),
    );
  }

  /** Some rows of a tensor, as a view. */
  #rows(name: string, shape: readonly number[], whole: Value, begin: number): Ort.Tensor {
    const size = sizeOf(shape);
    if (size === whole.size) return this.#tensor(name, whole);
    const { source, type } = whole;
    if (source.kind !== 'data') throw new RangeError(`input ${name} has no elements`);
    const first = begin * sizeOf(shape.slice(1));
    const elements = (source.elements as Elements).subarray(first, first + size);
    return this.#tensor(name, new Value(type, shape, { kind: 'data', elements }));
  }

  #tensor(name: string, { type, shape, source }: Value): Ort.Tensor {
    if (source.kind !== 'data') throw new RangeError(`input ${name} has no elements`);
    if (!isTensorType(type)) throw new RangeError(`input ${name} is of type ${type}`);
    return new this.#ort.Tensor(type, source.elements as Float32Array, shape);
  }

  async release(): Promise<void> {
    await this.#inner.release();
  }
}

/** Outputs with the same parts are one shared value. */
function once(values: Map<string, Value>, { parts }: ProgramOutput, make: () => Value): Value {
  const key = parts.map(({ name }) => name).join();
  let value = values.get(key);
  if (value === undefined) values.set(key, (value = make()));
  else share(value);
  return value;
}

function takeFrom(pool: BufferPool, output: ProgramOutput, program: Program): Value {
  const { type, shape } = output;
  if (!isTensorType(type)) {
    throw new RangeError(`an output of program ${program.model.graph.name} is of type ${type}`);
  }
  try {
    return new Value(type, shape, { kind: 'data', elements: pool.take(type, sizeOf(shape)) });
  } catch (error) {
    throw describeNoBuffer(error, output, program);
  }
}
