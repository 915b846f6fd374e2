import type { Attributes, ElementType } from '../../onnx/model.js';
import { type LoopBody, type Node, type Origin, sizeOf, Value } from '../graph.js';
import { elementsOf } from './elements.js';

export interface OutputSpec {
  readonly type: ElementType;
  readonly shape: readonly number[];
  readonly fill?: number;
}

let currentOrigin: Origin | undefined;

/** Attributes the nodes that `record` emits to `origin`. */
export function recordedAt<T>(origin: Origin, record: () => T): T {
  const outer = currentOrigin;
  currentOrigin = origin;
  try {
    return record();
  } finally {
    currentOrigin = outer;
  }
}

export interface NodeOptions {
  readonly attributes?: Attributes;
  readonly domain?: string;
  readonly body?: LoopBody;
}

/** Adds an ONNX node with several outputs. An `undefined` input means an optional input that is not given. */
export function emitAll(
  op: string,
  inputs: readonly (Value | undefined)[],
  outputs: readonly OutputSpec[],
  { attributes = {}, domain = '', body }: NodeOptions = {},
): Value[] {
  const node: Node = {
    kind: 'node',
    op,
    domain,
    inputs,
    attributes,
    outputs: [],
    origin: currentOrigin,
    ...(body && { body }),
  };
  for (const { type, shape, fill } of outputs) node.outputs.push(new Value(type, shape, node, fill));
  return node.outputs;
}

/**
 * Adds an ONNX node with one output. A result without elements needs no node, and ONNX Runtime refuses some such nodes.
 */
export function emit(
  op: string,
  inputs: readonly (Value | undefined)[],
  output: OutputSpec,
  options?: NodeOptions,
): Value {
  const { type, shape } = output;
  if (sizeOf(shape) === 0) {
    return new Value(type, shape, { kind: 'constant', elements: elementsOf(type, []) });
  }
  return emitAll(op, inputs, [output], options)[0] as Value;
}
