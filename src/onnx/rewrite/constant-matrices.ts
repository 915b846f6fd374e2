import type { OnnxGraph, OnnxNode, OnnxTensor } from '../model.js';

/** Rows `begin` to `end` of a weight [rows, columns], or their transpose. */
export interface ConstantMatrix {
  readonly weight: string;
  readonly tensor: OnnxTensor;
  readonly begin: number;
  readonly end: number;
  readonly transposed: boolean;
}

/**
 * The values that a graph reads as constant float32 matrices: initializers, and transposes and row slices of these.
 */
export class ConstantMatrices {
  readonly #tensors: ReadonlyMap<string, OnnxTensor>;
  readonly #makers: ReadonlyMap<string, OnnxNode>;

  constructor(graph: OnnxGraph) {
    // For a graph input, an initializer is only the default value.
    const inputs = new Set(graph.inputs.map(({ name }) => name));
    const initializers = graph.initializers.filter(({ name }) => !inputs.has(name));
    this.#tensors = new Map(initializers.map(({ name, tensor }) => [name, tensor]));
    this.#makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  }

  /** The constant with this name. */
  tensor(name: string): OnnxTensor | undefined {
    return this.#tensors.get(name);
  }

  /** undefined if the value depends on the input or is computed in another way. */
  matrix(name: string): ConstantMatrix | undefined {
    const tensor = this.tensor(name);
    if (tensor !== undefined) {
      const [rows = 0] = tensor.dims;
      const isMatrix = tensor.type === 'float32' && tensor.dims.length === 2;
      return isMatrix ? { weight: name, tensor, begin: 0, end: rows, transposed: false } : undefined;
    }
    const maker = this.#makers.get(name);
    const source = maker && this.matrix(maker.inputs[0] ?? '');
    if (maker === undefined || source === undefined) return undefined;
    if (maker.op === 'Transpose') return transposed(source, maker);
    if (maker.op === 'Slice') return this.#rowsOf(source, maker);
    return undefined;
  }

  #rowsOf(source: ConstantMatrix, { inputs }: OnnxNode): ConstantMatrix | undefined {
    const [, start, stop, axis = '', step = ''] = inputs;
    const rowAxis = source.transposed ? 1 : 0;
    const isOfRows = [rowAxis, rowAxis - 2].includes(this.#number(axis, 0));
    if (!isOfRows || this.#number(step, 1) !== 1) return undefined;
    const [begin, end] = [this.#number(start), this.#number(stop)];
    if (Number.isNaN(begin + end)) return undefined;
    const rows = source.end - source.begin;
    const clamped = (bound: number): number => Math.max(0, Math.min(rows, bound < 0 ? bound + rows : bound));
    return { ...source, begin: source.begin + clamped(begin), end: source.begin + clamped(end) };
  }

  /** The single element of a constant, or `leftOut` for an input that is not given; NaN if it is unknown. */
  #number(name = '', leftOut = NaN): number {
    if (name === '') return leftOut;
    const data = this.tensor(name)?.data;
    return data?.length === 1 ? Number(data[0]) : NaN;
  }
}

function transposed(source: ConstantMatrix, { attributes: { perm } }: OnnxNode): ConstantMatrix {
  const isIdentity = perm !== undefined && 'ints' in perm && perm.ints[0] === 0;
  return isIdentity ? source : { ...source, transposed: !source.transposed };
}
