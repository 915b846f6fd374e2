import type { BackendTimingInfo } from '@tensorflow/tfjs';
import { tf } from '../tf.js';
import { SynchronousReadError, UnsupportedKernelError } from './errors.js';
import { sameShape, type Value } from './graph.js';
import type { Kernel } from './kernels/kernel.js';
import { recordedAt } from './ops/emit.js';
import { reshape } from './ops/layout.js';
import { currentOp, describeOrigin, originOf } from './origin.js';
import type { Runtime } from './runtime/runtime.js';
import { isUnshared, share } from './runtime/sharing.js';
import { dataValue, type Elements, isTensorType, ownElements } from './storage.js';

export const BACKEND_NAME = 'onnx';

type DataId = tf.TensorInfo['dataId'];

/** A value that tensors refer to; tfjs counts them. */
interface Entry {
  value: Value;
  references: number;
}

interface Text {
  strings: tf.BackendValues;
  references: number;
}

/**
 * A tfjs backend that records kernels instead of computing them. Its tensors are values of a graph; reading one
 * runs what it needs as one ONNX program.
 */
export class OnnxBackend implements tf.KernelBackend {
  readonly #entries = new Map<DataId, Entry>();
  /** Strings are kept, so that tensors of them can be made, passed on and read; nothing computes with them. */
  readonly #texts = new Map<DataId, Text>();
  readonly #runtime: Runtime;

  constructor(runtime: Runtime) {
    this.#runtime = runtime;
  }

  write(values: tf.BackendValues, shape: number[], type: tf.DataType): DataId {
    const dataId = {};
    this.move(dataId, values, shape, type, 1);
    return dataId;
  }

  move(
    dataId: DataId,
    values: tf.BackendValues,
    shape: number[],
    type: tf.DataType,
    references: number,
  ): void {
    if (isTensorType(type)) {
      const elements = ownElements(values as Elements, type);
      this.#entries.set(dataId, { value: dataValue(elements, type, shape), references });
    } else if (type === 'string') {
      this.#texts.set(dataId, { strings: values, references });
    } else {
      throw new UnsupportedKernelError('Complex', `the onnx engine has no tensors of type ${type}`);
    }
  }

  /** The value a tensor stands for. */
  valueFor(info: tf.TensorInfo): Value {
    if (info.dtype === 'string') {
      throw new UnsupportedKernelError(
        'string',
        `the onnx engine does not compute with ${info.dtype} tensors`,
      );
    }
    // A tensor that was made while another backend was in use comes over at its first use.
    if (!this.#entries.has(info.dataId)) tf.engine().moveData(this, info.dataId);
    const { value } = this.#entryOf(info.dataId);
    if (sameShape(value.shape, info.shape)) return value;
    share(value);
    return reshape(value, info.shape);
  }

  /** A new tensor for a value. */
  tensorInfo(value: Value): tf.TensorInfo {
    if (!isTensorType(value.type)) throw new RangeError(`tfjs has no tensors of type ${value.type}`);
    const dataId = {};
    value.isTensor = true;
    this.#entries.set(dataId, { value, references: 1 });
    return { dataId, shape: [...value.shape], dtype: value.type };
  }

  /** A tensor for the output of a kernel. If the output is one of the inputs, the tensor shares that input's data. */
  #outputInfo(value: Value, inputs: tf.NamedTensorInfoMap): tf.TensorInfo {
    const same = Object.values(inputs).find(
      (info) => info && this.#entries.get(info.dataId)?.value === value,
    );
    if (same === undefined) return this.tensorInfo(value);
    this.incRef(same.dataId);
    return { dataId: same.dataId, shape: [...value.shape], dtype: same.dtype };
  }

  /** Records one kernel. `entry` is the function that tfjs called. */
  run(
    name: string,
    kernel: Kernel,
    inputs: tf.NamedTensorInfoMap,
    attributes: object,
    entry: tf.KernelFunc,
  ): tf.TensorInfo | tf.TensorInfo[] {
    const origin = originOf(name, entry);
    return recordedAt(origin, () => {
      const values = Object.fromEntries(
        Object.entries(inputs)
          .filter((named): named is [string, tf.TensorInfo] => named[1] !== undefined && named[1] !== null)
          .map(([input, info]) => [input, this.valueFor(info)]),
      );
      Object.values(values).forEach(share);
      try {
        const result = kernel(values, attributes as Readonly<Record<string, unknown>>);
        return Array.isArray(result)
          ? result.map((value) => this.#outputInfo(value, inputs))
          : this.#outputInfo(result, inputs);
      } catch (error) {
        // A plain Error comes from one of tfjs's own checks. Users know its message, so it stays unchanged.
        if (error instanceof Error && error.constructor !== Error) {
          error.message += ` (${describeOrigin(origin)})`;
        }
        throw error;
      }
    });
  }

  async read(dataId: DataId): Promise<tf.BackendValues> {
    const text = this.#texts.get(dataId);
    if (text !== undefined) return text.strings;
    const { value } = this.#entryOf(dataId);
    share(value);
    await this.compute(value);
    return this.#elementsAtHand(value);
  }

  /** Computes a value unless its elements are already there. */
  async compute(value: Value): Promise<void> {
    if (value.source.kind !== 'data') await this.#runtime.compute(value, () => this.heldValues());
  }

  /** Whether `readSync` returns values; otherwise they have to be computed first. See `valuesAtHand`. */
  hasValues(dataId: DataId): boolean {
    return this.#texts.has(dataId) || this.#entryOf(dataId).value.source.kind === 'data';
  }

  readSync(dataId: DataId): tf.BackendValues {
    const text = this.#texts.get(dataId);
    if (text !== undefined) return text.strings;
    const { value } = this.#entryOf(dataId);
    share(value);
    return this.#elementsAtHand(value);
  }

  #elementsAtHand(value: Value): Elements {
    if (value.source.kind === 'data') return value.source.elements as Elements;
    const op = currentOp();
    throw new SynchronousReadError(
      `a ${value.type} tensor of shape [${value.shape.join(', ')}] has not been computed: the onnx engine computes when asked by ` +
        '`await tensor.data()` (or `array()`), and has no synchronous reads (`dataSync`, `arraySync`)' +
        (op === undefined ? '' : `; op ${op} made one`),
    );
  }

  /** Every value that a tensor still refers to. If a run computes one of them on the way, it is worth keeping. */
  heldValues(): Set<Value> {
    return new Set([...this.#entries.values()].map(({ value }) => value));
  }

  #entryOf(dataId: DataId): Entry {
    const entry = this.#entries.get(dataId);
    if (entry === undefined) {
      throw new RangeError('the onnx engine does not know this tensor; was it disposed?');
    }
    return entry;
  }

  refCount(dataId: DataId): number {
    return this.#counted(dataId)?.references ?? 0;
  }

  incRef(dataId: DataId): void {
    const counted = this.#counted(dataId);
    if (counted) counted.references++;
  }

  #counted(dataId: DataId): Entry | Text | undefined {
    return this.#entries.get(dataId) ?? this.#texts.get(dataId);
  }

  /** Whether nothing refers to the data any more. */
  disposeData(dataId: DataId, force = false): boolean {
    const counted = this.#counted(dataId);
    if (counted === undefined) return true;
    counted.references--;
    if (counted.references > 0 && !force) return false;
    const value = this.#entries.get(dataId)?.value;
    if (value) this.#recycle(value);
    this.#entries.delete(dataId);
    this.#texts.delete(dataId);
    return true;
  }

  #recycle(value: Value): void {
    const { type, source } = value;
    if (source.kind !== 'data' || !isTensorType(type) || !isUnshared(value)) return;
    this.#runtime.pool.give(type, source.elements as Elements);
  }

  numDataIds(): number {
    return this.#entries.size + this.#texts.size;
  }

  memory(): { unreliable: boolean } {
    return { unreliable: false };
  }

  timerAvailable(): boolean {
    return true;
  }

  /** Milliseconds until everything that the function made is computed. */
  async time(run: () => void): Promise<BackendTimingInfo> {
    const before = this.heldValues();
    const start = performance.now();
    run();
    const made = [...this.heldValues()].filter((value) => !before.has(value));
    await Promise.all(made.map((value) => this.compute(value)));
    return { kernelMs: performance.now() - start };
  }

  readToGPU(): never {
    throw new UnsupportedKernelError(
      'readToGPU',
      'the onnx engine keeps no tensors that WebGL or WebGPU know',
    );
  }

  createTensorFromGPUData(): never {
    throw new UnsupportedKernelError(
      'createTensorFromGPUData',
      'the onnx engine makes no tensors of data that WebGL or WebGPU hold',
    );
  }

  floatPrecision(): 16 | 32 {
    return 32;
  }

  epsilon(): number {
    return 1e-7;
  }

  dispose(): void {
    this.#entries.clear();
    this.#texts.clear();
    this.#runtime.pool.clear();
    void this.#runtime.sessions.releaseAll();
  }
}
