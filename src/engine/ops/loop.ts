import { type LoopBody, type Node, nodesInOrder, type Source, Value } from '../graph.js';
import { scalar } from './constants.js';
import { emit, emitAll } from './emit.js';

/** The states after an iteration. `listed` are scalars that the loop returns as vectors, one element per iteration. */
export interface Iteration {
  readonly states: readonly Value[];
  readonly listed: readonly Value[];
}

export interface Loop {
  /** int64 scalar */
  readonly count: Value;
  readonly states: readonly Value[];
  /** The recorded length of the vectors of listed scalars. */
  readonly listedLength: number;
  /**
   * Records an iteration. Whatever depends neither on its number nor on the states is computed once, before the loop.
   */
  readonly body: (number: Value, states: readonly Value[]) => Iteration;
}

/** An initial loop state that is a list of tensors of any shape. */
export function emptySequence(): Value {
  return emit('SequenceEmpty', [], { type: 'float32', shape: [] });
}

/** The sequence with one more tensor. */
export function inserted(sequence: Value, x: Value): Value {
  return emit('SequenceInsert', [sequence, x], { type: x.type, shape: [] });
}

/** Concatenates the tensors of a sequence to one tensor of this shape. */
export function concatenated(sequence: Value, shape: readonly number[]): Value {
  const attributes = { axis: { int: 0 } };
  return emit('ConcatFromSequence', [sequence], { type: sequence.type, shape }, { attributes });
}

/** Runs the body `count` times and returns the states, then the lists. */
export function loop({ count, states, listedLength, body }: Loop): Value[] {
  const given = (name: string, { type, shape }: Pick<Value, 'type' | 'shape'>): Value =>
    new Value(type, shape, { kind: 'placeholder', name });
  const number = given('iteration', { type: 'int64', shape: [] });
  const goOn = given('go_on', { type: 'bool', shape: [] });
  const before = states.map((state, at) => given(`state_${at}`, state));
  const { states: next, listed } = body(number, before);
  const outputs = [emit('Identity', [goOn], { type: 'bool', shape: [] }), ...next, ...listed];
  const inside = bodyOf([number, goOn, ...before], outputs);
  const results = [
    ...next.map(({ type, shape }) => ({ type, shape })),
    ...listed.map(({ type }) => ({ type, shape: [listedLength] })),
  ];
  const always = scalar(1, 'bool');
  return emitAll('Loop', [count, always, ...states, ...inside.captured], results, { body: inside });
}

/** The nodes that depend on the inputs, and the other values that they use. */
function bodyOf(inputs: readonly Value[], outputs: readonly Value[]): LoopBody {
  const inside = new Set(inputs);
  const nodes: Node[] = [];
  const captured = new Set<Value>();
  const add = (node: Node): void => {
    for (const input of node.inputs) {
      if (input === undefined || inside.has(input)) continue;
      if (isFused(input.source)) add(input.source);
      else captured.add(input);
    }
    nodes.push(node);
    for (const output of node.outputs) inside.add(output);
  };
  for (const node of nodesInOrder(outputs)) {
    if (node.inputs.some((input) => input && inside.has(input))) add(node);
  }
  // A state or a listed scalar may be the same in every iteration.
  const own = outputs.map((output) => {
    if (inside.has(output)) return output;
    captured.add(output);
    const made = emit('Identity', [output], { type: output.type, shape: output.shape });
    if (made.source.kind === 'node') nodes.push(made.source);
    return made;
  });
  return { inputs, nodes, outputs: own, captured: [...captured] };
}

/**
 * A constant matrix that is transposed before a product stays inside the loop: ONNX Runtime then reads it in place,
 * which is faster than a product with a matrix transposed beforehand.
 */
function isFused(source: Source): source is Node {
  return source.kind === 'node' && source.op === 'Transpose';
}
