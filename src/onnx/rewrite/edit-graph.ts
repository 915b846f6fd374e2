import type { Initializer, OnnxGraph, OnnxNode, OnnxTensor, ValueInfo } from '../model.js';

/** Renames values. Subgraphs stay unchanged, since the recorder makes none. */
export function renameValues(graph: OnnxGraph, names: ReadonlyMap<string, string>): OnnxGraph {
  const renamed = (name: string): string => names.get(name) ?? name;
  const info = (value: ValueInfo): ValueInfo => ({ ...value, name: renamed(value.name) });
  return {
    ...graph,
    inputs: graph.inputs.map(info),
    outputs: graph.outputs.map(info),
    initializers: graph.initializers.map((each) => ({ ...each, name: renamed(each.name) })),
    nodes: graph.nodes.map((node) => ({
      ...node,
      inputs: node.inputs.map(renamed),
      outputs: node.outputs.map(renamed),
    })),
    ...(graph.valueInfo !== undefined && { valueInfo: graph.valueInfo.map(info) }),
  };
}

/** Appends nodes to a graph, under names that it does not have yet. */
export class GraphExtension {
  readonly nodes: OnnxNode[] = [];
  readonly initializers: Initializer[] = [];
  readonly #prefix: string;

  /** @param prefix the prefix of every name; no value of the graph begins with it */
  constructor(prefix: string) {
    this.#prefix = prefix;
  }

  /** Adds a node with one output and returns the name of the output. */
  add(
    op: string,
    inputs: readonly string[],
    attributes: OnnxNode['attributes'] = {},
    output?: string,
  ): string {
    const name = output ?? `${this.#prefix}${this.nodes.length}`;
    this.nodes.push({
      op,
      name: `${this.#prefix}node_${this.nodes.length}`,
      inputs,
      outputs: [name],
      attributes,
    });
    return name;
  }

  constant(tensor: OnnxTensor): string {
    const name = `${this.#prefix}constant_${this.initializers.length}`;
    this.initializers.push({ name, tensor });
    return name;
  }

  int64s(values: readonly number[], dims: readonly number[] = [values.length]): string {
    return this.constant({ type: 'int64', dims, data: BigInt64Array.from(values, BigInt) });
  }
}
