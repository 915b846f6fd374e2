import type { Attributes, OnnxGraph, OnnxNode } from '../model.js';

/** Operators whose result has the largest rank of their operands. */
const BROADCASTING = new Set(
  'Add Sub Mul Div Pow Min Max Mod Where And Or Equal Less Greater LessOrEqual GreaterOrEqual PRelu'.split(
    ' ',
  ),
);

/** Operators whose result has the rank of their first operand. */
const KEEPING = new Set(
  (
    'Abs Cast Ceil Clip Cos Elu Erf Exp Floor Gelu HardSigmoid Identity LayerNormalization LeakyRelu Log LogSoftmax Neg ' +
    'Not Pad Reciprocal Relu Round Sigmoid Sign Sin Slice Softmax Softplus Sqrt Tanh Tile Transpose Trilu CumSum'
  ).split(' '),
);

/** Finds the ranks of the values of a graph. */
export class Ranks {
  readonly #known = new Map<string, number | undefined>();
  readonly #makers: ReadonlyMap<string, OnnxNode>;
  readonly #constants: ReadonlyMap<string, readonly number[]>;

  constructor(graph: OnnxGraph) {
    for (const { name, dims, unknown } of [...graph.inputs, ...(graph.valueInfo ?? [])]) {
      if (unknown === undefined) this.#known.set(name, dims.length);
    }
    this.#constants = new Map(graph.initializers.map(({ name, tensor }) => [name, tensor.dims]));
    this.#makers = new Map(graph.nodes.flatMap((node) => node.outputs.map((name) => [name, node] as const)));
  }

  /** undefined if the graph does not determine it. */
  of(name: string): number | undefined {
    const constant = this.#constants.get(name);
    if (constant !== undefined) return constant.length;
    if (!this.#known.has(name)) {
      const maker = this.#makers.get(name);
      this.#known.set(name, maker && this.#ofResult(maker));
    }
    return this.#known.get(name);
  }

  #ofResult({ op, inputs, attributes }: OnnxNode): number | undefined {
    const [first = '', second = ''] = inputs;
    if (KEEPING.has(op)) return this.of(first);
    if (BROADCASTING.has(op)) return widest(inputs.map((name) => this.of(name)));
    if (op.startsWith('Reduce')) return keepsDimensions(attributes) ? this.of(first) : undefined;
    switch (op) {
      case 'MatMul':
        return widest([this.of(first), this.of(second)]);
      case 'Gather':
        return sum([this.of(first), this.of(second), -1]);
      case 'Reshape':
        return this.#length(second);
      case 'Expand':
        return widest([this.of(first), this.#length(second)]);
      case 'Concat':
        return this.of(first);
      case 'Unsqueeze':
        return sum([this.of(first), this.#length(second)]);
      default:
        return undefined;
    }
  }

  /** The length of a vector. */
  #length(name: string): number | undefined {
    const constant = this.#constants.get(name);
    if (constant !== undefined) return constant[0];
    const maker = this.#makers.get(name);
    if (maker === undefined) return undefined;
    const { op, inputs, attributes } = maker;
    if (op === 'Concat') return sum(inputs.map((input) => this.#length(input)));
    if (op === 'Shape') {
      const { start, end } = attributes;
      const from = start && 'int' in start ? start.int : 0;
      if (end && 'int' in end && from >= 0 && end.int >= from) return end.int - from;
      return end === undefined ? sum([this.of(inputs[0] ?? ''), -from]) : undefined;
    }
    return BROADCASTING.has(op) ? widest(inputs.map((input) => this.#length(input))) : undefined;
  }
}

function keepsDimensions({ keepdims }: Attributes): boolean {
  return keepdims === undefined || ('int' in keepdims && keepdims.int === 1);
}

function widest(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((most, count) =>
    most === undefined || count === undefined ? undefined : Math.max(most, count),
  );
}

function sum(counts: readonly (number | undefined)[]): number | undefined {
  return counts.reduce((total, count) =>
    total === undefined || count === undefined ? undefined : total + count,
  );
}
