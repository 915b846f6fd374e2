import { InputError } from '../errors.js';
import type { GraphProto, NodeProto, TensorProto } from './generated/onnx_pb.js';
import { tensorFromProto } from './tensor-from-proto.js';

/** By what factor an operator may make its result larger than its input, as far as the file says. */
export interface SizeFactor {
  readonly operator: string;
  /** The product of the constants in the size; undefined if the size is computed in another way than exports do. */
  readonly factor: number | undefined;
}

/** Operators whose operands contain the size of the result, and the positions of those operands. */
const SIZES: Readonly<Record<string, readonly number[]>> = {
  ConstantOfShape: [0],
  Expand: [1],
  OneHot: [1],
  Pad: [1],
  Range: [0, 1, 2],
  Tile: [1],
};
/** Operators between a size and its origin; the other operands are positions and axes. */
const PASSING: Readonly<Record<string, 'first' | 'all'>> = {
  Cast: 'first',
  Concat: 'all',
  Gather: 'first',
  Identity: 'first',
  Mul: 'all',
  Slice: 'first',
  Squeeze: 'first',
  Unsqueeze: 'first',
};
/** The most operators between a size and its origin. */
const DEEPEST = 32;
/** Longer lists are not sizes. */
const MOST_ELEMENTS = 64n;

/** How the operators of a graph, without its subgraphs, determine the sizes of their results. */
export function sizeFactors(graph: GraphProto): SizeFactor[] {
  const factorOf = factorsIn(graph);
  return graph.node.flatMap((node) => {
    const operator = node.opType;
    // In older operator sets, sizes are attributes. The attributes of Constant are values.
    const lists = operator === 'Constant' ? [] : node.attribute.map(({ ints }) => productOf(ints));
    const operands = (SIZES[operator] ?? []).map((at) => node.input[at] ?? '').filter((name) => name !== '');
    return [...lists, product(operands.map((name) => factorOf(name)))].map((factor) => ({
      operator,
      factor,
    }));
  });
}

/** The product of the constants in an integer of a graph. Each name is visited once. */
function factorsIn(graph: GraphProto): (name: string, depth?: number) => number | undefined {
  const constants = new Map(graph.initializer.map((tensor) => [tensor.name, tensor]));
  const makers = new Map(graph.node.flatMap((node) => node.output.map((name) => [name, node] as const)));
  const known = new Map<string, number | undefined>();
  const compute = (name: string, depth: number): number | undefined => {
    const constant = constants.get(name);
    if (constant !== undefined) return constantFactor(constant);
    const node = makers.get(name);
    if (node === undefined) return undefined;
    if (node.opType === 'Shape') return 1;
    if (node.opType === 'Constant') return constantOf(node);
    const passing = PASSING[node.opType];
    if (passing === undefined || depth > DEEPEST) return undefined;
    const from = passing === 'first' ? node.input.slice(0, 1) : node.input;
    return product(from.map((operand) => factorOf(operand, depth + 1)));
  };
  const factorOf = (name: string, depth = 0): number | undefined => {
    if (!known.has(name)) {
      // A name that depends on itself is invalid.
      known.set(name, undefined);
      known.set(name, compute(name, depth));
    }
    return known.get(name);
  };
  return factorOf;
}

function constantOf({ attribute }: NodeProto): number | undefined {
  const [value] = attribute;
  if (value?.t !== undefined) return constantFactor(value.t);
  return value?.name === 'value_int' || value?.name === 'value_ints'
    ? productOf([...value.ints, value.i])
    : undefined;
}

function constantFactor(tensor: TensorProto): number | undefined {
  if (tensor.dims.reduce((elements, size) => elements * size, 1n) > MOST_ELEMENTS) return undefined;
  try {
    const { data } = tensorFromProto(tensor, tensor.name, () => {
      throw new InputError(`${tensor.name} lies outside`);
    });
    return data instanceof BigInt64Array || data instanceof Int32Array
      ? productOf(Array.from<bigint | number>(data))
      : undefined;
  } catch (error) {
    if (error instanceof InputError) return undefined;
    throw error;
  }
}

const productOf = (values: readonly (bigint | number)[]): number =>
  values.reduce<number>((total, value) => total * Math.max(1, Math.abs(Number(value))), 1);

const product = (factors: readonly (number | undefined)[]): number | undefined =>
  factors.reduce<number | undefined>(
    (total, factor) => (total === undefined || factor === undefined ? undefined : total * factor),
    1,
  );
