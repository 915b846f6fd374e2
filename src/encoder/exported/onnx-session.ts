import type * as Ort from 'onnxruntime-node';
import { counted } from '../../counted.js';
import type { BackgroundSession } from '../../engine/runtime/background/background-session.js';
import { loadOrt } from '../../engine/runtime/ort.js';
import { InputError, ModelFileError } from '../../errors.js';
import { widenHalf } from '../../files/safetensors/half.js';
import { checkSparseMatrix } from '../../sparse/check-sparse-matrix.js';
import { sparseFromDense } from '../../sparse/from-dense.js';
import { RowError } from '../../sparse/row-error.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { TokenBatch } from '../inference.js';
import { INPUTS, OUTPUTS } from './onnx-names.js';
import { type CheckedModel, type OnnxRequirements, readOnnx, startOnnx } from './open-onnx.js';

/**
 * The outputs of a file for a batch: the entries of sparse embeddings, dense embeddings, or the logits of every token.
 */
export type OutputKind = 'sparse' | 'dense' | 'logits';

/** Logits [texts, length, terms], row by row. */
export interface BatchLogits {
  readonly elements: Float32Array;
  readonly terms: number;
}

type Fed = 'int64' | 'int32';
type Outputs = Readonly<Record<string, Ort.Tensor>>;

/**
 * An ONNX file that takes token ids, in ONNX Runtime. It comes from `exportOnnx`, or from another tool with the same
 * interface. Its inputs are `input_ids`, `attention_mask` and perhaps `token_type_ids`, int64 or int32 [texts, length].
 * It uses the outputs `indices`, `values` and `offsets` if all three exist, otherwise `sentence_embedding`, otherwise
 * the only output.
 */
export class OnnxSession {
  readonly path: string;
  readonly kind: OutputKind;
  readonly #ort: typeof Ort;
  readonly #session: BackgroundSession;
  readonly #inputs: ReadonlyMap<string, Fed>;
  readonly #output: string;

  private constructor(path: string, ort: typeof Ort, session: BackgroundSession) {
    this.path = path;
    this.#ort = ort;
    this.#session = session;
    this.#inputs = inputsOf(path, session);
    const { kind, output } = outputOf(path, session);
    this.kind = kind;
    this.#output = output;
  }

  /** @throws ModelFileError if the file is missing, does not meet the requirements, or has another interface */
  static async open(path: string, requirements: OnnxRequirements = {}): Promise<OnnxSession> {
    return await OnnxSession.start(path, readOnnx(path, requirements));
  }

  /** @throws ModelFileError if ONNX Runtime refuses the model, or the model has another interface */
  static async start(path: string, model: CheckedModel): Promise<OnnxSession> {
    const ort = await loadOrt();
    const session = await startOnnx(path, model);
    try {
      return new OnnxSession(path, ort, session);
    } catch (error) {
      await session.release();
      throw error;
    }
  }

  /**
   * @param dimensions the number of dimensions of an embedding
   * @throws ModelFileError if the file gives logits instead of embeddings, embeddings of other dimensions, or invalid
   *   ones: not finite, or with entries out of order
   */
  async embed(batch: TokenBatch, dimensions: number): Promise<SparseMatrix> {
    if (this.kind === 'logits') {
      throw new ModelFileError(
        `${this.path} gives the logits of every token, not embeddings; expected an export of format sparse, dense or all`,
      );
    }
    const outputs = await this.#run(batch, this.kind === 'sparse' ? SPARSE : [this.#output]);
    try {
      return this.kind === 'sparse'
        ? this.#entries(outputs, batch, dimensions)
        : this.#rows(outputs, batch, dimensions);
    } finally {
      dispose(outputs);
    }
  }

  /**
   * @param output the output with a value for every token. Default: the output of a file without embeddings
   * @throws ModelFileError if the file has no such output
   */
  async logits(batch: TokenBatch, output?: string): Promise<BatchLogits> {
    const name = output ?? this.#output;
    const outputs = await this.#run(batch, [name]);
    try {
      const tensor = this.#tensor(outputs, name);
      const terms = tensor.dims[2] ?? 0;
      this.#requireDims(name, tensor.dims, [batch.texts, batch.length, terms]);
      return { elements: floats(tensor).slice(), terms };
    } finally {
      dispose(outputs);
    }
  }

  get takesTokenTypes(): boolean {
    return this.#inputs.has(INPUTS.tokenTypeIds);
  }

  hasOutput(name: string): boolean {
    return this.#session.outputNames.includes(name);
  }

  async dispose(): Promise<void> {
    await this.#session.release();
  }

  async #run(batch: TokenBatch, fetches: readonly string[]): Promise<Outputs> {
    const { texts, length } = batch;
    const feeds: Record<string, Ort.Tensor> = {};
    for (const [name, input] of Object.entries(INPUTS)) {
      const type = this.#inputs.get(input);
      const ids = batch[name as keyof typeof INPUTS] ?? new Int32Array(texts * length);
      if (type === undefined) continue;
      feeds[input] = new this.#ort.Tensor(type, type === 'int64' ? bigInts(ids) : ids, [texts, length]);
    }
    try {
      return await this.#session.run(feeds, fetches);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new ModelFileError(
        `${this.path} fails on ${counted(texts, 'text')} of ${counted(length, 'token')}: ${why}`,
        { cause },
      );
    }
  }

  #entries(outputs: Outputs, { texts }: TokenBatch, dimensions: number): SparseMatrix {
    const [indices, values, offsets] = SPARSE.map((name) => this.#tensor(outputs, name)) as Three;
    this.#requireDims(OUTPUTS.offsets, offsets.dims, [texts + 1]);
    const matrix = {
      rows: texts,
      columns: dimensions,
      indptr: this.#counts(OUTPUTS.offsets, offsets),
      indices: this.#counts(OUTPUTS.indices, indices),
      values: floats(values).slice(),
    };
    return this.#checked(() => {
      checkSparseMatrix(matrix, 'the output');
      return matrix;
    });
  }

  /** Converts 64-bit to 32-bit numbers, and refuses numbers that would wrap around. */
  #counts(name: string, { type, data }: Ort.Tensor): Uint32Array {
    if (!(data instanceof BigInt64Array)) {
      throw new ModelFileError(`${this.path} gave ${name} of type ${type}; expected int64`);
    }
    const wrong = data.find((value) => value < 0n || value > MAX_COUNT);
    if (wrong === undefined) return Uint32Array.from(data, Number);
    throw new ModelFileError(`${this.path} gave ${name} with ${wrong}; expected numbers up to ${MAX_COUNT}`);
  }

  #rows(outputs: Outputs, { texts }: TokenBatch, dimensions: number): SparseMatrix {
    const tensor = this.#tensor(outputs, this.#output);
    this.#requireDims(this.#output, tensor.dims, [texts, dimensions]);
    return this.#checked(() => sparseFromDense(floats(tensor), texts, dimensions));
  }

  /** Invalid embeddings are the file's fault, not that of the texts. */
  #checked(embeddings: () => SparseMatrix): SparseMatrix {
    try {
      return embeddings();
    } catch (cause) {
      if (cause instanceof RowError) throw new RowError(cause.row, cause.fault, { maker: this.path });
      if (!(cause instanceof InputError)) throw cause;
      throw new ModelFileError(`${this.path} gave no embeddings: ${cause.message}`, { cause });
    }
  }

  #tensor(outputs: Outputs, name: string): Ort.Tensor {
    const found = outputs[name];
    if (found === undefined) throw new ModelFileError(`${this.path} gave no ${name}`);
    return found;
  }

  #requireDims(name: string, dims: readonly number[], expected: readonly number[]): void {
    if (dims.join() === expected.join()) return;
    throw new ModelFileError(
      `${this.path} gave ${name} [${dims.join(', ')}]; expected [${expected.join(', ')}]`,
    );
  }
}

const SPARSE = [OUTPUTS.indices, OUTPUTS.values, OUTPUTS.offsets] as const;
const MAX_COUNT = 2n ** 32n - 1n;
type Three = [Ort.Tensor, Ort.Tensor, Ort.Tensor];

function inputsOf(path: string, { inputMetadata }: BackgroundSession): Map<string, Fed> {
  const known: readonly string[] = Object.values(INPUTS);
  const found = new Map<string, Fed>();
  for (const input of inputMetadata) {
    const type = input.isTensor ? input.type : 'no tensor';
    if (!known.includes(input.name) || (type !== 'int64' && type !== 'int32')) {
      throw new ModelFileError(
        `${path} has the input "${input.name}" (${type}); expected int64 or int32 inputs among ${known.join(', ')}`,
      );
    }
    found.set(input.name, type);
  }
  if (found.has(INPUTS.inputIds)) return found;
  throw new ModelFileError(`${path} has no input ${INPUTS.inputIds}; expected a graph that takes token ids`);
}

function outputOf(
  path: string,
  { outputNames, outputMetadata }: BackgroundSession,
): { kind: OutputKind; output: string } {
  if (SPARSE.every((name) => outputNames.includes(name))) return { kind: 'sparse', output: OUTPUTS.values };
  const output =
    [OUTPUTS.dense, OUTPUTS.logits].find((name) => outputNames.includes(name)) ?? onlyOf(outputNames);
  const found = outputMetadata.find(({ name }) => name === output);
  const rank = found?.isTensor === true ? found.shape.length : 0;
  if (output !== undefined && rank === 2) return { kind: 'dense', output };
  if (output !== undefined && rank === 3) return { kind: 'logits', output };
  throw new ModelFileError(
    `${path} has the outputs ${outputNames.join(', ')}; expected ${SPARSE.join(', ')}, or ${OUTPUTS.dense} [texts, dimensions], or logits [texts, length, terms]`,
  );
}

const onlyOf = (names: readonly string[]): string | undefined => (names.length === 1 ? names[0] : undefined);

function floats({ type, data }: Ort.Tensor): Float32Array {
  if (type === 'float32') return data as Float32Array;
  // A Float16Array if JavaScript has it.
  if (type === 'float16') {
    return data instanceof Uint16Array ? widenHalf(data) : Float32Array.from(data as Iterable<number>);
  }
  throw new ModelFileError(`an output is ${type}; expected float32 or float16`);
}

function bigInts(ids: Int32Array): BigInt64Array {
  return BigInt64Array.from(ids, BigInt);
}

function dispose(outputs: Outputs): void {
  for (const tensor of Object.values(outputs)) tensor.dispose();
}
