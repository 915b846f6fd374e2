import { InputError } from '../../errors.js';
import { bytesOf } from '../bytes-of.js';
import { compareCodePoints } from '../json/python-json.js';
import { writeFileWhole } from '../write-file.js';
import { narrowToHalf } from './half.js';
import { LENGTH_BYTES, MAX_HEADER_BYTES } from './header.js';
import { STORED_TYPES, type StoredType } from './stored-types.js';

type Values = Float32Array | Int32Array;

export interface TensorToStore {
  readonly name: string;
  readonly shape: readonly number[];
  /** `int32` is stored as I64, PyTorch's type for integers. */
  readonly dtype: 'float32' | 'int32';
  /** The elements in row-major order, or a function that fetches them when this tensor is written. */
  readonly values: Values | (() => Values | Promise<Values>);
}

export interface WriteOptions {
  /**
   * Type of the float32 tensors in the file. F16 rounds to nearest, ties to even; from 65520 on it is infinite, as in
   * PyTorch.
   */
  readonly dtype?: 'F32' | 'F16';
  /** Default `{ format: 'pt' }`, which transformers expects. `{}` omits the entry. */
  readonly metadata?: Readonly<Record<string, string>>;
}

interface Placed {
  readonly tensor: TensorToStore;
  readonly type: StoredType;
  readonly start: number;
  readonly end: number;
}

/** Elements converted at a time. */
const STEP = 2 ** 20;
const RANK = Object.keys(STORED_TYPES);

/**
 * Writes tensors as the safetensors library does, byte for byte: sorted by element size, largest first, then by name.
 * float32 weights are written directly from their arrays.
 *
 * @throws InputError if the values of a tensor do not match its shape and dtype, or two tensors have the same name
 */
export async function writeSafetensors(
  path: string,
  tensors: Iterable<TensorToStore>,
  options: WriteOptions = {},
): Promise<void> {
  const placed = place(tensors, options.dtype ?? 'F32');
  const header = encodeHeader(placed, options.metadata ?? { format: 'pt' });
  await writeFileWhole(path, pieces(header, placed));
}

function place(tensors: Iterable<TensorToStore>, floatType: StoredType): Placed[] {
  const typed = [...tensors].map((tensor) => {
    checkShape(tensor);
    const type: StoredType = tensor.dtype === 'int32' ? 'I64' : floatType;
    return { tensor, type };
  });
  typed.sort(
    (a, b) => RANK.indexOf(b.type) - RANK.indexOf(a.type) || compareCodePoints(a.tensor.name, b.tensor.name),
  );
  const names = new Set<string>();
  let end = 0;
  return typed.map(({ tensor, type }) => {
    const { name } = tensor;
    if (name === '__metadata__' || name === '__proto__') {
      throw new InputError(`a tensor is called "${name}", which is reserved in safetensors files`);
    }
    if (names.has(name)) throw new InputError(`two tensors are called "${name}"; expected each name once`);
    names.add(name);
    const start = end;
    end += STORED_TYPES[type].size * elements(tensor);
    return { tensor, type, start, end };
  });
}

function encodeHeader(placed: readonly Placed[], metadata: Readonly<Record<string, string>>): Uint8Array {
  const entries = placed.map(({ tensor, type, start, end }): [string, object] => [
    tensor.name,
    { dtype: type, shape: tensor.shape, data_offsets: [start, end] },
  ]);
  if (Object.keys(metadata).length > 0) entries.unshift(['__metadata__', metadata]);
  // Written entry by entry: an object would move names that look like numbers to its front.
  const members = entries.map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
  const json = new TextEncoder().encode(`{${members.join(',')}}`);
  const length = Math.ceil(json.length / LENGTH_BYTES) * LENGTH_BYTES;
  if (length > MAX_HEADER_BYTES) {
    throw new InputError(`the header has ${length} bytes; safetensors files take ${MAX_HEADER_BYTES}`);
  }
  const bytes = new Uint8Array(LENGTH_BYTES + length).fill(0x20);
  new DataView(bytes.buffer).setBigUint64(0, BigInt(length), true);
  bytes.set(json, LENGTH_BYTES);
  return bytes;
}

async function* pieces(header: Uint8Array, placed: readonly Placed[]): AsyncGenerator<Uint8Array> {
  yield header;
  for (const { tensor, type } of placed) {
    const values = typeof tensor.values === 'function' ? await tensor.values() : tensor.values;
    checkValues(tensor, values);
    yield* encode(values, type);
  }
}

function* encode(values: Values, type: StoredType): Generator<Uint8Array> {
  if (type === 'F32') {
    yield bytesOf(values);
    return;
  }
  for (let start = 0; start < values.length; start += STEP) {
    const part = values.subarray(start, start + STEP);
    yield bytesOf(part instanceof Float32Array ? narrowToHalf(part) : widenLongs(part));
  }
}

function widenLongs(values: Int32Array): Int32Array {
  const halves = new Int32Array(2 * values.length);
  for (const [i, value] of values.entries()) {
    halves[2 * i] = value;
    halves[2 * i + 1] = value >> 31;
  }
  return halves;
}

function checkShape({ name, shape }: TensorToStore): void {
  if (shape.every((size) => Number.isSafeInteger(size) && size >= 0)) return;
  throw new InputError(`tensor "${name}" has shape [${shape.join(', ')}]; expected whole numbers`);
}

function checkValues(tensor: TensorToStore, values: Values): void {
  const array = tensor.dtype === 'int32' ? Int32Array : Float32Array;
  if (!(values instanceof array) || values.length !== elements(tensor)) {
    throw new InputError(
      `tensor "${tensor.name}" has a ${values.constructor.name} of ${values.length} elements; expected a ${array.name} of ${elements(tensor)} for shape [${tensor.shape.join(', ')}]`,
    );
  }
}

function elements({ shape }: TensorToStore): number {
  return shape.reduce((product, size) => product * size, 1);
}
