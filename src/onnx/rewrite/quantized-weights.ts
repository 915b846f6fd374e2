import type { OnnxTensor } from '../model.js';
import type { ConstantMatrix } from './constant-matrices.js';
import { float32s, int64s } from './constants.js';
import type { GraphRewriter } from './graph-rewriter.js';

/** Each element of a matrix is approximately its code times the scale of its row or column. */
export interface QuantizedMatrix {
  readonly codes: Int8Array<ArrayBuffer>;
  readonly scales: Float32Array<ArrayBuffer>;
}

type ScaledBy = 'rows' | 'columns';

/**
 * Rounds to the nearest codes. The largest element of a row or column gets the code `limit`.
 *
 * @param matrix float32 [rows, columns]
 */
export function quantizeMatrix(
  { dims, data }: OnnxTensor,
  scaledBy: ScaledBy,
  limit: number,
): QuantizedMatrix {
  const [rows = 0, columns = 0] = dims;
  const channelOf = (at: number): number => (scaledBy === 'rows' ? Math.trunc(at / columns) : at % columns);
  const scales = new Float32Array(scaledBy === 'rows' ? rows : columns);
  for (let at = 0; at < data.length; at++) {
    const channel = channelOf(at);
    scales[channel] = Math.max(scales[channel] as number, Math.abs(Number(data[at])));
  }
  for (const [channel, largest] of scales.entries()) scales[channel] = largest / limit;
  const codes = new Int8Array(data.length);
  for (let at = 0; at < data.length; at++) {
    const scale = scales[channelOf(at)] as number;
    if (scale > 0) codes[at] = Math.min(limit, Math.max(-limit, Math.round(Number(data[at]) / scale)));
  }
  return { codes, scales };
}

/** The names of the tensors with codes and scales. */
export interface NamedCodes {
  readonly codes: string;
  readonly scales: string;
}

/** The quantized weights of a model. Each is stored once, even if several products read it or parts of it. */
export class QuantizedWeights {
  readonly #to: GraphRewriter;
  readonly #limit: number;
  readonly #stored = new Map<string, QuantizedMatrix & { readonly name: string }>();
  readonly #tables = new Map<string, NamedCodes>();
  readonly #rightSides = new Map<string, NamedCodes>();

  constructor(to: GraphRewriter, limit: number) {
    this.#to = to;
    this.#limit = limit;
  }

  /** Codes [rows, columns] and scales [rows, 1], for Gather. */
  table({ weight, tensor }: ConstantMatrix): NamedCodes {
    return memoized(this.#tables, weight, () => {
      const { name, scales } = this.#quantized(weight, tensor, 'rows');
      const column = { type: 'float32', dims: [scales.length, 1], data: scales } as const;
      return { codes: name, scales: this.#to.constant(`${weight}_row_scales`, column) };
    });
  }

  /** Codes [inputWidth, outputWidth] and scales [outputWidth], for the right-hand side of a product. */
  rightSide({ weight, tensor, begin, end, transposed }: ConstantMatrix): NamedCodes {
    return memoized(this.#rightSides, `${weight} ${begin} ${end} ${transposed}`, () => {
      const { name, scales } = this.#quantized(weight, tensor, transposed ? 'rows' : 'columns');
      const isPart = begin > 0 || end < (tensor.dims[0] ?? 0);
      // ONNX Runtime computes these once, when it loads the model.
      const rows = isPart ? this.#rows(name, begin, end) : name;
      const codes = transposed
        ? this.#to.emit('Transpose', [rows], `${weight}_right`, { perm: { ints: [1, 0] } })
        : rows;
      const part = transposed ? scales.subarray(begin, end) : scales;
      return { codes, scales: this.#to.constant(`${weight}_scales`, float32s(part)) };
    });
  }

  #rows(name: string, begin: number, end: number): string {
    const bounds = [int64s(begin), int64s(end), int64s(0)].map((bound) => this.#to.constant('bound', bound));
    return this.#to.emit('Slice', [name, ...bounds], `${name}_rows`);
  }

  #quantized(weight: string, tensor: OnnxTensor, scaledBy: ScaledBy): QuantizedMatrix & { name: string } {
    return memoized(this.#stored, `${weight} ${scaledBy}`, () => {
      const quantized = quantizeMatrix(tensor, scaledBy, this.#limit);
      const codes: OnnxTensor = { type: 'int8', dims: tensor.dims, data: quantized.codes };
      return { ...quantized, name: this.#to.constant(`${weight}_codes`, codes) };
    });
  }
}

/** The value of the key, made when it is first requested. */
export function memoized<T>(values: Map<string, T>, key: string, make: () => T): T {
  const known = values.get(key);
  if (known !== undefined) return known;
  const made = make();
  values.set(key, made);
  return made;
}
