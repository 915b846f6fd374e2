import type * as Ort from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode.js';
import type { TypedArray } from '../onnx/model.js';
import type { BufferPool } from './buffer-pool.js';
import { describeRefusal } from './faults.js';
import { fenced, runToFence } from './fence.js';
import { sizeOf, Value } from './graph.js';
import type { Program } from './lower.js';
import { loadOrt } from './ort.js';
import { isTensorType, type TensorType } from './storage.js';

/** One ONNX Runtime session of one program. */
export class Session {
  private readonly inner: Ort.InferenceSession;
  private readonly ort: typeof Ort;
  private readonly program: Program;
  private running = 0;
  private released = false;

  private constructor(ort: typeof Ort, inner: Ort.InferenceSession, program: Program) {
    this.ort = ort;
    this.inner = inner;
    this.program = program;
  }

  static async create(program: Program, options: Ort.InferenceSession.SessionOptions): Promise<Session> {
    const ort = await loadOrt();
    try {
      const bytes = encodeModel(program.fixedShapes ? fenced(program.model) : program.model);
      return new Session(ort, await ort.InferenceSession.create(bytes, options), program);
    } catch (error) {
      throw describeRefusal(error, program);
    }
  }

  /**
   * Computes the program's outputs, in the order of `program.outputs`. `bind` gives the tensor of each input; its
   * elements are read in place. The outputs are arrays of the pool.
   */
  async run(bind: (name: string, value: Value) => Value, pool: BufferPool): Promise<Value[]> {
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [name, value] of this.program.inputs) {
      feeds[name] = this.tensor(name, bind(name, value));
    }
    this.running++;
    try {
      return await (this.program.fixedShapes ? this.runIntoPool(feeds, pool) : this.runAndCopy(feeds));
    } catch (error) {
      throw describeRefusal(error, this.program);
    } finally {
      this.running--;
      if (this.released) await this.release();
    }
  }

  private async runIntoPool(feeds: Record<string, Ort.Tensor>, pool: BufferPool): Promise<Value[]> {
    const outputs = new Map<string, Value>();
    const fetches: Record<string, Ort.Tensor> = {};
    for (const { name, type, dims } of this.program.model.graph.outputs) {
      const shape = dims as readonly number[];
      if (!isTensorType(type)) throw new RangeError(`output ${name} is of type ${type}`);
      const elements = pool.take(type, sizeOf(shape));
      const value = new Value(type, shape, { kind: 'data', elements });
      outputs.set(name, value);
      fetches[name] = this.tensor(name, value);
    }
    await runToFence((given) => this.inner.run(feeds, given), fetches);
    return this.program.outputs.map((name, index, names) => {
      const value = outputs.get(name) as Value;
      if (names.indexOf(name) !== index) value.shared = true;
      return value;
    });
  }

  /** Where the shapes are not known before. */
  private async runAndCopy(feeds: Record<string, Ort.Tensor>): Promise<Value[]> {
    const results = await this.inner.run(feeds);
    return this.program.outputs.map((name) => {
      const { type, dims, data } = results[name] as Ort.Tensor;
      return new Value(type as TensorType, dims, {
        kind: 'data',
        elements: data as TypedArray,
      });
    });
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
