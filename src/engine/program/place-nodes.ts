import { type LoopBody, type Node, nodesInOrder, type Value } from '../graph.js';
import type { GraphBuilder } from './graph-builder.js';
import { lowerBody } from './lower-body.js';
import { spreadColumn } from './spread.js';
import type { Output } from './tile.js';
import type { Part } from './tiles.js';
import type { ValueNames } from './value-names.js';

/** Adds all nodes that the outputs need, in topological order. */
export function placeNodes(
  outputs: readonly Output[],
  graph: GraphBuilder,
  names: ValueNames,
  isTiled: boolean,
): void {
  for (const node of nodesInOrder(partByPart(outputs))) {
    const inputs = names.ofInputs(node.inputs);
    const made =
      node.body === undefined
        ? placeNode(node, inputs, graph, names, isTiled)
        : placeLoop(node, node.body, inputs, graph);
    names.give(node.outputs, made);
  }
}

/**
 * Whole outputs come first, then the first parts of all outputs, then the second parts: data that parts share is then
 * still in a cache.
 */
function partByPart(outputs: readonly Output[]): Value[] {
  const wholes = outputs.filter((parts) => parts.length === 1).map(([part]) => (part as Part).value);
  const tiled = outputs.filter((parts) => parts.length > 1);
  const count = Math.max(0, ...tiled.map((parts) => parts.length));
  const rounds = Array.from({ length: count }, (_, index) =>
    tiled.flatMap((parts) => parts[index]?.value ?? []),
  );
  return [...wholes, ...rounds.flat()];
}

function placeNode(
  node: Node,
  inputs: readonly string[],
  graph: GraphBuilder,
  names: ValueNames,
  isTiled: boolean,
): readonly string[] {
  const { op, attributes, outputs } = node;
  const ones = isTiled ? spreadColumn(node) : undefined;
  return ones === undefined
    ? graph.place({ op, attributes, inputs, outputs, node })
    : graph.place({ op: 'Mul', inputs: [inputs[0] ?? '', names.of(ones)], outputs, node });
}

function placeLoop(
  node: Node,
  body: LoopBody,
  inputs: readonly string[],
  graph: GraphBuilder,
): readonly string[] {
  const number = graph.nodes.length;
  const lowered = lowerBody(body, inputs, `loop${number}`);
  for (const [output, { value, nodeName, maker }] of lowered.made) {
    graph.made.set(output, value);
    graph.recorded.set(nodeName, maker);
  }
  const { op, outputs } = node;
  const attributes = { body: { graph: lowered.graph } };
  return graph.place({ op, attributes, inputs: lowered.given, outputs, node, salt: `${number}` });
}
