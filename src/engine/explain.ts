import type { Node } from './graph.js';
import type { Program } from './lower.js';
import { describeOrigin } from './origin.js';

export interface Intermediate {
  readonly bytes: number;
  readonly type: string;
  readonly shape: readonly number[];
  /** The ONNX operator that makes it, and what recorded it. */
  readonly op: string;
  readonly origin: string;
}

export interface Explanation {
  readonly name: string;
  readonly nodes: number;
  /** Elements of the program's inputs that are no arguments: variables and large captured tensors. */
  readonly parameters: number;
  /** The largest tensors between inputs and outputs, largest first. */
  readonly largest: readonly Intermediate[];
  /** The most bytes of inputs, outputs and intermediate tensors that are needed at once, in the order of the nodes. */
  readonly peakBytes: number;
  toString(): string;
}

const LARGEST = 5;

/** Describes a program from its shapes alone; what ONNX Runtime fuses or runs in place needs less. */
export function explain(program: Program): Explanation {
  const { graph } = program.model;
  const argument = /^arg_\d+|_rows_/;
  const parameters = [...program.inputs]
    .filter(([name]) => !argument.test(name))
    .reduce((sum, [, { size }]) => sum + size, 0);
  const intermediates = [...program.nodes.values()].flatMap((node) =>
    node.outputs.map((value) => ({
      bytes: bytesOf(node, value.size),
      type: value.type,
      shape: value.shape,
      op: node.op,
      origin: node.origin === undefined ? 'the engine' : describeOrigin(node.origin),
    })),
  );
  const largest = intermediates.toSorted((a, b) => b.bytes - a.bytes).slice(0, LARGEST);
  const explanation = {
    name: graph.name,
    nodes: graph.nodes.length,
    parameters,
    largest,
    peakBytes: peakBytes(program),
  };
  return { ...explanation, toString: () => inWords(explanation) };
}

/** A reshape is the same memory under another shape. */
const VIEWS = new Set(['Reshape', 'Identity', 'Squeeze', 'Unsqueeze', 'Flatten']);

function bytesOf({ op }: Node, size: number): number {
  return VIEWS.has(op) ? 0 : size * 4;
}

function peakBytes({ model, inputs, nodes }: Program): number {
  const { graph } = model;
  const lastUse = new Map<string, number>();
  graph.nodes.forEach((node, index) => node.inputs.forEach((name) => lastUse.set(name, index)));
  for (const { name } of graph.outputs) lastUse.set(name, Number.POSITIVE_INFINITY);
  const sizes = new Map<string, number>();
  let live = [...inputs.values()].reduce((sum, { size }) => sum + size * 4, 0);
  let peak = live;
  graph.nodes.forEach((node, index) => {
    const recorded = nodes.get(node.name ?? '');
    node.outputs.forEach((name, at) => {
      const size = recorded?.outputs[at]?.size ?? 0;
      sizes.set(name, recorded === undefined ? 0 : bytesOf(recorded, size));
      live += sizes.get(name) ?? 0;
    });
    peak = Math.max(peak, live);
    for (const name of new Set([...node.inputs, ...node.outputs])) {
      if ((lastUse.get(name) ?? index) === index) live -= sizes.get(name) ?? 0;
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
  const mib = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MiB`;
  return [
    `${name}: ${nodes} nodes, ${parameters.toLocaleString('en')} parameters, at most ${mib(peak)} in use at once.`,
    'Largest intermediate tensors:',
    ...largest.map(
      ({ bytes, type, shape, op, origin }) =>
        `  ${mib(bytes)}  ${type}[${shape.join(', ')}]  ${op}, ${origin}`,
    ),
  ].join('\n');
}
