import type * as Ort from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode.js';
import type { TypedArray } from '../onnx/model.js';
import type { BufferPool } from './buffer-pool.js';
import { describeRefusal } from './faults.js';
import { fenced, runToFence } from './fence.js';
import { sizeOf, Value } from './graph.js';
import type { Program } from './lower.js';
import { loadOrt } from './ort.js';
import { type Elements, isTensorType, type TensorType } from './storage.js';

type Feeds = Record<string, Ort.Tensor>;

/** One ONNX Runtime session of one program. */
export class Session {
  private readonly inner: Ort.InferenceSession;
  private readonly ort: typeof Ort;
  private running = 0;
  private released = false;

  private constructor(ort: typeof Ort, inner: Ort.InferenceSession) {
    this.ort = ort;
    this.inner = inner;
  }

  static async create(program: Program, options: Ort.InferenceSession.SessionOptions): Promise<Session> {
    const ort = await loadOrt();
    try {
      const bytes = encodeModel(program.fixedShapes ? fenced(program.model) : program.model);
      return new Session(ort, await ort.InferenceSession.create(bytes, options));
    } catch (error) {
      throw describeRefusal(error, program);
    }
  }

  /**
   * Computes the outputs of a program: the session's own, or one of equal bytes. `bind` gives the tensor of an input;
   * its elements are read in place. The results are arrays of the pool.
   */
  async run(program: Program, bind: (value: Value) => Value, pool: BufferPool): Promise<Value[]> {
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [name, value] of program.inputs) {
      feeds[name] =
        value.source.kind === 'rows'
          ? this.rows(name, value.shape, bind(value.source.of), value.source.begin)
          : this.tensor(name, bind(value));
    }
    this.running++;
    try {
      return await (program.fixedShapes
        ? this.runIntoPool(program, feeds, pool)
        : this.runAndCopy(program, feeds));
    } catch (error) {
      throw describeRefusal(error, program);
    } finally {
      this.running--;
      if (this.released) await this.release();
    }
  }

  private async runIntoPool(program: Program, feeds: Feeds, pool: BufferPool): Promise<Value[]> {
    const values = new Map<string, Value>();
    const fetches: Record<string, Ort.Tensor> = {};
    const results = program.outputs.map(({ type, shape, parts }) => {
      const key = parts.map(({ name }) => name).join();
      const known = values.get(key);
      if (known) {
        known.shared = true;
        return known;
      }
      if (!isTensorType(type)) throw new RangeError(`output ${key} is of type ${type}`);
      const value = new Value(type, shape, { kind: 'data', elements: pool.take(type, sizeOf(shape)) });
      values.set(key, value);
      parts.forEach(({ name, begin }, index) => {
        const end = parts[index + 1]?.begin ?? shape[0];
        const partShape = parts.length === 1 ? shape : [(end as number) - begin, ...shape.slice(1)];
        fetches[name] = this.rows(name, partShape, value, begin);
      });
      return value;
    });
    await runToFence((given) => this.inner.run(feeds, given), fetches);
    return results;
  }

  /** Where the shapes are not known before. */
  private async runAndCopy({ outputs }: Program, feeds: Feeds): Promise<Value[]> {
    const results = await this.inner.run(feeds);
    return outputs.map(({ parts }) => {
      const { type, dims, data } = results[parts[0]?.name ?? ''] as Ort.Tensor;
      return new Value(type as TensorType, dims, { kind: 'data', elements: data as TypedArray });
    });
  }

  /** Some rows of a tensor, where they lie. */
  private rows(name: string, shape: readonly number[], whole: Value, begin: number): Ort.Tensor {
    const size = sizeOf(shape);
    if (size === whole.size) return this.tensor(name, whole);
    const { source, type } = whole;
    if (source.kind !== 'data') throw new RangeError(`input ${name} has no elements`);
    const first = begin * sizeOf(shape.slice(1));
    const elements = (source.elements as Elements).subarray(first, first + size);
    return this.tensor(name, new Value(type, shape, { kind: 'data', elements }));
  }

  private tensor(name: string, { type, shape, source }: Value): Ort.Tensor {
    if (source.kind !== 'data') throw new RangeError(`input ${name} has no elements`);
    if (!isTensorType(type)) throw new RangeError(`input ${name} is of type ${type}`);
    return new this.ort.Tensor(type, source.elements as Float32Array, shape);
  }

  /** Lets go of the session, as soon as no run needs it. */
  async release(): Promise<void> {
    this.released = true;
    if (this.running === 0) await this.inner.release();
  }
}
