import { arrayOf } from '../../onnx/element-types.js';
import type { OnnxNode } from '../../onnx/model.js';
import { sizeOf, type Value } from '../graph.js';
import { describeOrigin } from '../origin.js';
import { argumentIndex } from './arguments-first.js';
import type { Program, TensorSpec } from './program.js';

export interface Intermediate {
  readonly bytes: number;
  readonly type: string;
  readonly shape: readonly number[];
  /** The ONNX operator that makes it. */
  readonly op: string;
  readonly origin: string;
}

export interface Explanation {
  readonly name: string;
  readonly nodes: number;
  /** Elements of inputs that are not arguments: variables and large captured tensors. */
  readonly parameters: number;
  /** The largest tensors between inputs and outputs, largest first. */
  readonly largest: readonly Intermediate[];
  /** The most bytes of inputs, outputs and intermediate tensors that are needed at once, if nodes run in order. */
  readonly peakBytes: number;
  toString(): string;
}

const LARGEST = 5;

/** The shape of a tensor at the sizes that the explanation is for. */
type ShapeOf = (tensor: TensorSpec) => readonly number[];

/**
 * Describes a program by its shapes alone. Nodes that ONNX Runtime fuses or runs in place need less memory. Tensors
 * inside a loop's iteration are not counted.
 */
export function explain(program: Program, shapeOf: ShapeOf = ({ shape }) => shape): Explanation {
  const { graph } = program.model;
  const explanation = {
    name: graph.name,
    nodes: graph.nodes.length,
    parameters: ownInputs(program)
      .filter(({ source }) => source.kind !== 'placeholder' || argumentIndex(source.name) === undefined)
      .reduce((sum, value) => sum + sizeOf(shapeOf(value)), 0),
    largest: intermediates(program, shapeOf)
      .toSorted((a, b) => b.bytes - a.bytes)
      .slice(0, LARGEST),
    peakBytes: peakBytes(program, shapeOf),
  };
  return { ...explanation, toString: () => inWords(explanation) };
}

/** The inputs of the graph. An input that is read in tiles counts once. */
function ownInputs({ inputs }: Program): Value[] {
  const wholes = [...inputs.values()].map((value) =>
    value.source.kind === 'rows' ? value.source.of : value,
  );
  return [...new Set(wholes)];
}

function intermediates({ model, made, nodes }: Program, shapeOf: ShapeOf): Intermediate[] {
  const results = new Set(model.graph.outputs.map(({ name }) => name));
  return model.graph.nodes.filter(makesTensors).flatMap((node) => {
    const origin = nodes.get(node.name ?? '')?.origin;
    return node.outputs.flatMap((name): Intermediate[] => {
      const tensor = made.get(name);
      if (tensor === undefined || results.has(name)) return [];
      return [
        {
          bytes: bytesOf(tensor, shapeOf),
          type: tensor.type,
          shape: shapeOf(tensor),
          op: node.op,
          origin: origin === undefined ? 'the engine' : describeOrigin(origin),
        },
      ];
    });
  });
}

/** Operators whose result is the same memory with another shape. */
const VIEWS = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten']);

function makesTensors({ op }: OnnxNode): boolean {
  return !VIEWS.has(op);
}

function bytesOf(tensor: TensorSpec, shapeOf: ShapeOf): number {
  const width = tensor.type === 'string' ? 0 : arrayOf(tensor.type).BYTES_PER_ELEMENT;
  return sizeOf(shapeOf(tensor)) * width;
}

/** Names of the inputs and outputs of a node, and names that a graph in it uses. */
function namesIn({ inputs, outputs, attributes }: OnnxNode): string[] {
  const inside = Object.values(attributes).flatMap((attribute) =>
    'graph' in attribute ? attribute.graph.nodes.flatMap(namesIn) : [],
  );
  return [...inputs, ...outputs, ...inside];
}

/**
 * The memory of a session apart from its inputs: twice the constants, since ONNX Runtime rearranges them in a copy, and
 * everything else.
 */
export function sessionBytes(program: Program, shapeOf: ShapeOf = ({ shape }) => shape): number {
  const { nodes } = program.model.graph;
  const inputs = ownInputs(program).reduce((sum, value) => sum + bytesOf(value, shapeOf), 0);
  return 2 * constantBytes(program) + peakBytes(program, shapeOf) - inputs + BYTES_OF_A_NODE * nodes.length;
}

export function constantBytes({ model }: Program): number {
  return model.graph.initializers.reduce((sum, { tensor }) => sum + tensor.data.byteLength, 0);
}

/** Measured with programs of 3,000 nodes, including what JavaScript holds for them. */
const BYTES_OF_A_NODE = 2 ** 14;

function peakBytes(program: Program, shapeOf: ShapeOf): number {
  const { graph } = program.model;
  /** The tensor that owns a view's memory. */
  const owner = new Map<string, string>();
  const ownerOf = (name: string): string => owner.get(name) ?? name;
  for (const node of graph.nodes) {
    const [viewed] = node.inputs;
    if (makesTensors(node) || viewed === undefined) continue;
    for (const name of node.outputs) owner.set(name, ownerOf(viewed));
  }
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, index) => {
    for (const name of namesIn(node)) lastUse.set(ownerOf(name), index);
  });
  for (const { name } of graph.outputs) lastUse.set(ownerOf(name), Infinity);

  const sizes = new Map<string, number>();
  let live = ownInputs(program).reduce((sum, value) => sum + bytesOf(value, shapeOf), 0);
  let peak = live;
  graph.nodes.forEach((node, index) => {
    for (const name of makesTensors(node) ? node.outputs : []) {
      const tensor = program.made.get(name);
      const bytes = tensor === undefined ? 0 : bytesOf(tensor, shapeOf);
      sizes.set(name, bytes);
      live += bytes;
    }
    peak = Math.max(peak, live);
    for (const name of new Set(namesIn(node).map(ownerOf))) {
      if (lastUse.get(name) === index) live -= sizes.get(name) ?? 0;
    }
  });
  return peak;
}

function inWords({
  name,
  nodes,
  parameters,
  largest,
  peakBytes: peak,
}: Omit<Explanation, 'toString'>): string {
  const head = `${name}: ${nodes} nodes, ${parameters.toLocaleString('en')} parameters, at most ${inBytes(peak)} in use at once.`;
  if (largest.length === 0) return head;
  return [
    head,
    'Largest intermediate tensors:',
    ...largest.map(
      ({ bytes, type, shape, op, origin }) =>
        `  ${inBytes(bytes)}  ${type}[${shape.join(', ')}]  ${op}, ${origin}`,
    ),
  ].join('\n');
}

function inBytes(bytes: number): string {
  if (bytes < 2 ** 10) return `${bytes} bytes`;
  return bytes < 2 ** 20 ? `${(bytes / 2 ** 10).toFixed(1)} KiB` : `${(bytes / 2 ** 20).toFixed(1)} MiB`;
}
