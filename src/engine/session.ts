import type * as Ort from 'onnxruntime-node';
import { encodeModel } from '../onnx/encode.js';
import { describeRefusal } from './faults.js';
import type { Value } from './graph.js';
import type { Program } from './lower.js';
import { loadOrt } from './ort.js';
import { isTensorType } from './storage.js';

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
      return new Session(
        ort,
        await ort.InferenceSession.create(encodeModel(program.model), options),
        program,
      );
    } catch (error) {
      throw describeRefusal(error, program);
    }
  }

  /**
   * Computes the program's outputs, in the order of `program.outputs`. `bind` gives the tensor of each input; its
   * elements are read in place.
   */
  async run(bind: (name: string, value: Value) => Value): Promise<Ort.Tensor[]> {
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [name, value] of this.program.inputs) {
      feeds[name] = this.tensor(name, bind(name, value));
    }
    this.running++;
    try {
      const results = await this.inner.run(feeds);
      return this.program.outputs.map((name) => results[name] as Ort.Tensor);
    } catch (error) {
      throw describeRefusal(error, this.program);
    } finally {
      this.running--;
      if (this.released) await this.release();
    }
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
