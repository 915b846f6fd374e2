import type { OnnxGraph, OnnxNode, ValueInfo } from '../../onnx/model.js';
import type { LoopBody, Node, Value } from '../graph.js';
import { attributeKey } from './attribute-key.js';

export interface LoweredBody {
  readonly graph: OnnxGraph;
  /** The names of the loop's inputs: the count, whether to go on, the states. */
  readonly given: readonly string[];
  /** The type and shape of each node output, by name. */
  readonly made: ReadonlyMap<
    string,
    { readonly value: Value; readonly nodeName: string; readonly maker: Node }
  >;
}

/**
 * Builds the graph of a loop's body. It sees the names of the outer graph, so captured values need no input.
 *
 * @param inputNames names of the inputs of the loop's node
 * @param prefix the prefix of its own names, which must differ from all names of the outer graph
 */
export function lowerBody(body: LoopBody, inputNames: readonly string[], prefix: string): LoweredBody {
  const names = new Map<Value, string>();
  const known = new Map<string, readonly string[]>();
  const nodes: OnnxNode[] = [];
  const made = new Map<string, { value: Value; nodeName: string; maker: Node }>();
  const given = inputNames.slice(0, inputNames.length - body.captured.length);
  body.inputs.forEach((value, at) => names.set(value, `${prefix}_in${at}`));
  body.captured.forEach((value, at) => names.set(value, inputNames[given.length + at] as string));

  const nameOf = (value: Value): string => {
    const found = names.get(value);
    if (found === undefined) throw new RangeError('the body of a loop uses a value that it did not capture');
    return found;
  };

  for (const node of body.nodes) {
    const inputs = node.inputs.map((input) => (input === undefined ? '' : nameOf(input)));
    const key = `${node.domain}.${node.op}(${inputs.join()})${attributeKey(node.attributes)}`;
    const produced = known.get(key) ?? place(node, inputs);
    known.set(key, produced);
    node.outputs.forEach((output, at) => names.set(output, produced[at] as string));
  }

  const sequences = new Set(
    body.nodes.filter(({ op }) => op === 'SequenceInsert').flatMap(({ outputs }) => outputs),
  );
  /** A state has the type of the output at its position. Its shape may change from one iteration to the next. */
  const info = (value: Value, output: Value | undefined): ValueInfo => ({
    name: nameOf(value),
    type: value.type,
    dims: [],
    ...(output && sequences.has(output)
      ? { unknown: 'type' }
      : value.type === 'float32' && { unknown: 'shape' }),
  });
  const graph: OnnxGraph = {
    name: prefix,
    nodes,
    inputs: body.inputs.map((value, at) => info(value, body.outputs[at - 1])),
    outputs: body.outputs.map((value) => info(value, value)),
    initializers: [],
  };
  return { graph, given, made };

  function place(node: Node, inputs: readonly string[]): string[] {
    const nodeName = `${prefix}/${node.origin?.op ?? 'program'}/${node.op}_${nodes.length}`;
    const outputs = node.outputs.map((value, at) => {
      const name = `${prefix}_v${nodes.length}_${at}`;
      made.set(name, { value, nodeName, maker: node });
      return name;
    });
    const { op, domain, attributes } = node;
    nodes.push({ op, name: nodeName, inputs, outputs, attributes, ...(domain && { domain }) });
    return outputs;
  }
}
