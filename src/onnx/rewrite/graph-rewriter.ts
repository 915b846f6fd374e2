import { InputError } from '../../errors.js';
import type { Attribute, Attributes, Initializer, OnnxGraph, OnnxNode, OnnxTensor } from '../model.js';
import { float32, float32s, int64s } from './constants.js';

/**
 * Collects the nodes and weights of a graph derived from another graph, under names that the other one does not have.
 */
export class GraphRewriter {
  readonly #source: OnnxGraph;
  readonly #names: Set<string>;
  readonly #nodes: OnnxNode[] = [];
  readonly #initializers: Initializer[] = [];

  constructor(source: OnnxGraph) {
    this.#source = source;
    this.#names = new Set([
      ...source.inputs.map(({ name }) => name),
      ...source.initializers.map(({ name }) => name),
      ...source.nodes.flatMap(({ outputs }) => outputs),
    ]);
  }

  /** A name that is not in use. */
  fresh(hint: string): string {
    let name = hint;
    for (let count = 1; this.#names.has(name); count++) name = `${hint}_${count}`;
    this.#names.add(name);
    return name;
  }

  /** Adds a node unchanged. Nodes must come after the nodes that make their inputs. */
  add(node: OnnxNode): void {
    this.#nodes.push(node);
  }

  /** Adds a node with one output and returns the name of the output. */
  emit(op: string, inputs: readonly string[], hint: string, attributes: Attributes = {}): string {
    const output = this.fresh(hint);
    this.add({ op, inputs, outputs: [output], attributes });
    return output;
  }

  constant(hint: string, tensor: OnnxTensor): string {
    const name = this.fresh(hint);
    this.#initializers.push({ name, tensor });
    return name;
  }

  /** The graph of everything that was added, without nodes and weights that nothing reads. */
  finish(outputs: OnnxGraph['outputs'] = this.#source.outputs): OnnxGraph {
    const used = new Set(outputs.map(({ name }) => name));
    const nodes = this.#nodes
      .toReversed()
      .filter((node) => {
        const isUsed = node.outputs.some((name) => used.has(name));
        if (isUsed) node.inputs.forEach((name) => used.add(name));
        return isUsed;
      })
      .toReversed();
    const initializers = [...this.#source.initializers, ...this.#initializers];
    const { name, inputs } = this.#source;
    return { name, inputs, outputs, nodes, initializers: initializers.filter((each) => used.has(each.name)) };
  }
}

/**
 * The graph with initializers instead of Constant nodes.
 *
 * @throws InputError for a constant of strings or a sparse constant
 */
export function withoutConstantNodes(graph: OnnxGraph): OnnxGraph {
  const constants = graph.nodes.filter(({ op }) => op === 'Constant');
  if (constants.length === 0) return graph;
  const made = constants.map(({ outputs: [name = ''], attributes }): Initializer => {
    const [value] = Object.values(attributes);
    const tensor = value && tensorOf(value);
    if (tensor !== undefined) return { name, tensor };
    throw new InputError(
      `"${graph.name}" has a Constant (${name}) of ${Object.keys(attributes).join()}; expected numbers`,
    );
  });
  const nodes = graph.nodes.filter(({ op }) => op !== 'Constant');
  return { ...graph, nodes, initializers: [...graph.initializers, ...made] };
}

function tensorOf(value: Attribute): OnnxTensor | undefined {
  if ('tensor' in value) return value.tensor;
  if ('int' in value) return { ...int64s(value.int), dims: [] };
  if ('ints' in value) return int64s(...value.ints);
  if ('float' in value) return float32(value.float);
  return 'floats' in value ? float32s(Float32Array.from(value.floats)) : undefined;
}

/** @throws InputError if a node contains a graph, as If and Loop do */
export function requireNoSubgraphs(graph: OnnxGraph, precision: string): void {
  const holder = graph.nodes.find(({ attributes }) =>
    Object.values(attributes).some((each) => 'graph' in each),
  );
  if (holder !== undefined) {
    throw new InputError(
      `${precision} is not available for "${graph.name}": its node ${holder.op} (${holder.outputs.join(', ')}) holds a graph of its own; expected none`,
    );
  }
}
