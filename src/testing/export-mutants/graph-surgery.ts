import type { Initializer, OnnxGraph, OnnxModel, OnnxNode, OnnxTensor } from '../../onnx/model.js';
import { GraphExtension } from '../../onnx/rewrite/edit-graph.js';

export type Change = (model: OnnxModel) => OnnxModel;

type NodeTest = (node: OnnxNode) => boolean;

/** Throws if nothing was found: a change without a place would change nothing, and would not be a mistake. */
function found<T>(items: readonly T[], what: string): readonly T[] {
  if (items.length === 0) throw new Error(`the graph has no ${what}`);
  return items;
}

export const inGraph =
  (change: (graph: OnnxGraph) => OnnxGraph): Change =>
  (model) => ({ ...model, graph: change(model.graph) });

/** Changes nodes with one operator: all of them, or one by its place, counted from the end if below 0. */
export function changedNodes(
  op: string,
  change: (node: OnnxNode) => OnnxNode,
  { at, where = () => true }: { readonly at?: number; readonly where?: NodeTest } = {},
): Change {
  return inGraph((graph) => {
    const all = found(
      graph.nodes.filter((node) => node.op === op && where(node)),
      op,
    );
    const chosen = new Set(at === undefined ? all : found([all.at(at)], `${op} ${at}`));
    return { ...graph, nodes: graph.nodes.map((node) => (chosen.has(node) ? change(node) : node)) };
  });
}

/** Replaces an operator by another one. */
export const changedOp = (from: string, to: string, place: { readonly at?: number } = {}): Change =>
  changedNodes(from, (node) => ({ ...node, op: to, attributes: {} }), place);

/** Makes all readers of a value read a changed value instead. */
export function changedValue(
  name: string,
  make: (more: GraphExtension, right: string) => string,
  { where = () => true }: { readonly where?: NodeTest } = {},
): Change {
  return inGraph((graph) => {
    const more = new GraphExtension('wrong_');
    const isOutput = graph.outputs.some((each) => each.name === name);
    const right = isOutput ? 'right_value' : name;
    const wrong = make(more, right);
    const made = graph.nodes.map((node) => ({
      ...node,
      outputs: node.outputs.map((each) => (each === name ? right : each)),
    }));
    const last = made.findLastIndex(({ outputs }) => outputs.includes(right));
    const read = (node: OnnxNode): OnnxNode =>
      where(node) ? { ...node, inputs: node.inputs.map((each) => (each === name ? wrong : each)) } : node;
    const end: OnnxNode[] = isOutput
      ? [{ op: 'Identity', name: 'wrong_output', inputs: [wrong], outputs: [name], attributes: {} }]
      : [];
    return {
      ...graph,
      nodes: [...made.slice(0, last + 1), ...more.nodes, ...end, ...made.slice(last + 1).map(read)],
      initializers: [...graph.initializers, ...more.initializers],
    };
  });
}

/** The name of the value that a node makes, or of its n-th input. The node is chosen by its place among those of its operator. */
export function valueOf(
  { graph }: OnnxModel,
  op: string,
  { at, input }: { readonly at: number; readonly input?: number },
): string {
  const [node] = found([graph.nodes.filter((each) => each.op === op).at(at)], `${op} ${at}`);
  const name = input === undefined ? node?.outputs[0] : node?.inputs[input];
  if (name === undefined) throw new Error(`${op} ${at} has no such value`);
  return name;
}

/** Changes weights or constants. `edit` receives a copy of their elements. */
export function changedTensor(
  test: (initializer: Initializer) => boolean,
  edit: (data: Float32Array | BigInt64Array) => void,
  { at = 0 }: { readonly at?: number } = {},
): Change {
  return inGraph((graph) => {
    const [chosen] = found([graph.initializers.filter(test).at(at)], `such tensor ${at}`);
    if (chosen === undefined) throw new Error('the graph has no such tensor');
    const data = chosen.tensor.data.slice() as Float32Array | BigInt64Array;
    edit(data);
    const tensor: OnnxTensor = { ...chosen.tensor, data };
    return {
      ...graph,
      initializers: graph.initializers.map((each) => (each === chosen ? { ...each, tensor } : each)),
    };
  });
}

export const ofShape =
  (...dims: number[]) =>
  ({ tensor }: Initializer): boolean =>
    tensor.dims.join() === dims.join();

export const named =
  (name: string) =>
  (initializer: Initializer): boolean =>
    initializer.name === name;

export const float = (more: GraphExtension, value: number): string =>
  more.constant({ type: 'float32', dims: [], data: Float32Array.of(value) });
