import { UsageError } from '../../errors.js';
import type { Dimension } from '../../onnx/model.js';
import { type LoopBody, type Node, nodesInOrder, Value } from '../graph.js';
import { emit } from '../ops/emit.js';
import { describeOrigin } from '../origin.js';
import { attributeKey } from '../program/attribute-key.js';
import type { TensorSpec } from '../program/program.js';
import { ComputedConstants } from './computed-constants.js';
import { constantOf, describeExpression, evaluate, type Sizes } from './expression.js';

/** A function depends on the size of a named dimension in a way that no single program can express. */
export class SizeError extends UsageError {}

/** A function recorded at one choice of the sizes of its named dimensions. */
export interface SizedRecording {
  readonly sizes: Sizes;
  readonly placeholders: readonly Value[];
  readonly outputs: readonly Value[];
}

export interface Generalized {
  readonly outputs: readonly Value[];
  /** Shapes of placeholders and outputs, with the names. */
  readonly dimensionsOf: (value: Value) => readonly Dimension[];
  /** The shape, with the names, of what a node makes; undefined if only the run knows it, or a size has no expression. */
  readonly dimensionsInside: (tensor: TensorSpec) => readonly Dimension[] | undefined;
  /** The shape that a tensor of the program has at these sizes. */
  readonly shapeAt: (tensor: TensorSpec, sizes: Sizes) => readonly number[];
}

/**
 * Combines recordings at several sizes into one graph for every size of the named dimensions. The recordings have the
 * same nodes and differ in constants (shapes, counts). The graph computes each of these from the shapes of its inputs.
 *
 * @throws SizeError if the recordings differ in another way.
 */
export function generalize(
  recordings: readonly SizedRecording[],
  names: readonly (readonly (string | null)[])[],
): Generalized {
  const [first] = recordings;
  if (first === undefined) throw new RangeError('nothing was recorded');
  const sizes = recordings.map((recording) => recording.sizes);
  const constants = new ComputedConstants(sizes, dimensionValues(first.placeholders, names));
  const orders = ownNodes(recordings.map(({ outputs }) => nodesInOrder(outputs)));
  requireEqualPrograms(
    orders,
    recordings.map(({ outputs }) => outputs),
  );
  /** For each value of the first recording: its general form, and its counterpart in each recording. */
  const general = new Map<Value, Value>();
  const recorded = new Map<TensorSpec, readonly Value[]>();

  (orders[0] ?? []).forEach((node, index) => {
    const twins = orders.map((order) => order[index] as Node);
    const inputs = node.inputs.map((input, at) => {
      const same = twins.map((twin) => twin.inputs[at]).filter((value) => value !== undefined);
      return input && generalValue(input, same, node);
    });
    const copy: Node = { ...node, inputs, outputs: [] };
    node.outputs.forEach((output, at) => {
      const made = new Value(output.type, output.shape, copy);
      copy.outputs.push(made);
      general.set(output, made);
      recorded.set(
        made,
        twins.map((twin) => twin.outputs[at] as Value),
      );
    });
  });

  const outputs = first.outputs.map((output, at) => {
    const same = recordings.map((recording) => recording.outputs[at] as Value);
    const made = generalValue(output, same, undefined);
    if (constants.shapeOf(same) === undefined) throw irregular(output, undefined, '');
    recorded.set(made, same);
    return made;
  });
  first.placeholders.forEach((placeholder, index) =>
    recorded.set(
      placeholder,
      recordings.map(({ placeholders }) => placeholders[index] as Value),
    ),
  );
  return { outputs, dimensionsOf, dimensionsInside, shapeAt };

  function generalValue(value: Value, same: readonly Value[], user: Node | undefined): Value {
    const made = general.get(value);
    if (made) return made;
    const isOutside = value.source.kind === 'node' && same.every((other) => other === value);
    if (value.source.kind === 'placeholder' || isOutside) return value;
    const computed = constants.from(same);
    if (computed === undefined) throw irregular(value, user, shapeInNames(same));
    return computed;
  }

  /** ` of shape [batch, 3]`; empty if a size is not an expression. */
  function shapeInNames(same: readonly Value[]): string {
    const shape = constants.shapeOf(same);
    return shape === undefined ? '' : ` of shape [${shape.map(describeExpression).join(', ')}]`;
  }

  function dimensionsOf(value: Value): readonly Dimension[] {
    return named(recorded.get(value) ?? []) ?? value.shape;
  }

  function dimensionsInside(value: TensorSpec): readonly Dimension[] | undefined {
    const same = recorded.get(value) ?? [];
    return same.length > 0 && same.every(({ isTensor }) => isTensor) ? named(same) : undefined;
  }

  function named(same: readonly Value[]): readonly Dimension[] | undefined {
    if (same.length === 0) return undefined;
    return constants.shapeOf(same)?.map((size) => constantOf(size) ?? describeExpression(size));
  }

  function shapeAt(value: TensorSpec, at: Sizes): readonly number[] {
    const shape = constants.shapeOf(recorded.get(value) ?? []);
    if (!recorded.has(value) || shape === undefined) return value.shape;
    return shape.map((size) => evaluate(size, at));
  }
}

/** The nodes that are not in all recordings. The others existed before. */
function ownNodes(orders: readonly (readonly Node[])[]): Node[][] {
  const [first, ...others] = orders.map((order) => new Set(order));
  const isShared = (node: Node): boolean =>
    others.every((order) => order.has(node)) && first?.has(node) === true;
  return orders.map((order) => order.filter((node) => others.length === 0 || !isShared(node)));
}

/** Each named dimension, read from the shape of the first input that has it. */
function dimensionValues(
  placeholders: readonly Value[],
  names: readonly (readonly (string | null)[])[],
): (name: string) => Value {
  const made = new Map<string, Value>();
  names.forEach((row, index) => {
    row.forEach((name, axis) => {
      const placeholder = placeholders[index];
      if (name === null || made.has(name) || placeholder === undefined) return;
      const attributes = { start: { int: axis }, end: { int: axis + 1 } };
      made.set(name, emit('Shape', [placeholder], { type: 'int64', shape: [1] }, { attributes }));
    });
  });
  return (name) => {
    const value = made.get(name);
    if (value === undefined) throw new RangeError(`no input has a dimension ${name}`);
    return value;
  };
}

/** Requires programs that differ only in constants. */
function requireEqualPrograms(
  orders: readonly (readonly Node[])[],
  outputs: readonly (readonly Value[])[],
): void {
  const positions = orders.map(positionsOf);
  const length = Math.max(...orders.map((order) => order.length));
  for (let index = 0; index < length; index++) {
    const nodes = orders.map((order) => order[index]);
    const descriptions = nodes.map((node, at) => node && describeNode(node, positions[at]));
    const other = descriptions.findIndex((description) => description !== descriptions[0]);
    if (other >= 0) throw differing(nodes[0], nodes[other]);
  }
  const results = outputs.map((values, at) =>
    values.map((value) => describeValue(value, positions[at])).join(),
  );
  if (results.some((result) => result !== results[0])) {
    throw new SizeError('the results of the program depend on a named dimension in more than their shapes');
  }
}

/** Where each value comes from: the position of its node, and its position among the node's outputs. */
function positionsOf(order: readonly Node[]): Map<Value, string> {
  return new Map(
    order.flatMap(({ outputs }, index) => outputs.map((output, at) => [output, `${index}.${at}`] as const)),
  );
}

function describeNode(
  { op, domain, inputs, outputs, attributes, body }: Node,
  positions: Map<Value, string> | undefined,
): string {
  const operands = inputs.map((input) => (input === undefined ? '' : describeValue(input, positions)));
  const results = outputs.map(({ type, shape }) => `${type}${shape.length}`);
  const own = `${domain}.${op}(${operands.join()})${results.join()}${attributeKey(attributes)}`;
  return body === undefined ? own : `${own}{${describeBody(body)}}`;
}

/** Captured values differ, but only in the inputs of the loop's node. */
function describeBody({ inputs, nodes, outputs, captured }: LoopBody): string {
  const positions = positionsOf(nodes);
  [...inputs, ...captured].forEach((value, at) => positions.set(value, `given ${at}`));
  const steps = nodes.map((node) => describeNode(node, positions));
  return [...steps, ...outputs.map((output) => describeValue(output, positions))].join(';');
}

function describeValue(value: Value, positions: Map<Value, string> | undefined): string {
  const { source, type, shape } = value;
  const known = positions?.get(value);
  if (known !== undefined) return known;
  return source.kind === 'placeholder' ? source.name : `${type}${shape.length}`;
}

function differing(one: Node | undefined, other: Node | undefined): SizeError {
  const [here, there] = [one, other].map((node) => (node === undefined ? 'nothing' : place(node)));
  return new SizeError(
    here === there
      ? `the program depends on a named dimension in more than its shapes: ${here} does different things at different sizes`
      : `the program depends on a named dimension in more than its shapes: at one size it records ${here}; at another ${there}`,
  );
}

function irregular(value: Value, user: Node | undefined, shape: string): SizeError {
  const { source } = value;
  const [what, producer] = source.kind === 'node' ? ['result', source] : ['constant', user];
  return new SizeError(
    `a ${what}${shape} depends on the named dimensions in a way that is not a sum of products of them` +
      (producer === undefined ? '' : `, at ${place(producer)}`),
  );
}

function place({ op, origin }: Node): string {
  return origin === undefined ? op : describeOrigin(origin);
}
