import { type LoopBody, type Node, nodesInOrder, type Source, Value } from '../graph.js';
import { scalar } from './constants.js';
import { emit, emitAll } from './emit.js';

/** What an iteration makes of the states; `listed` are scalars that the loop gives as a vector. */
export interface Iteration {
  readonly states: readonly Value[];
  readonly listed: readonly Value[];
}

export interface Loop {
  /** int64 scalar */
  readonly count: Value;
  readonly states: readonly Value[];
  /** Vectors of what is listed have this length to the recorder. */
  readonly listedLength: number;
  /** Records an iteration; all that does not depend on its number or the states is computed once, before the loop. */
  readonly body: (number: Value, states: readonly Value[]) => Iteration;
}

/** A state of a loop whose elements are tensors of any shape, at its begin. */
export function emptySequence(): Value {
  return emit('SequenceEmpty', [], { type: 'float32', shape: [] });
}

/** The sequence with one more tensor. */
export function inserted(sequence: Value, x: Value): Value {
  return emit('SequenceInsert', [sequence, x], { type: x.type, shape: [] });
}

/** The tensors of a sequence as one of this shape, one after the other. */
export function concatenated(sequence: Value, shape: readonly number[]): Value {
  const attributes = { axis: { int: 0 } };
  return emit('ConcatFromSequence', [sequence], { type: sequence.type, shape }, { attributes });
}

/** Runs the body so often and gives the states, then the lists. */
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

/** The nodes that depend on the inputs, and what they use of the others. */
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
  // A state, or what is listed, may be the same in every iteration.
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
 * A transposed matrix that does not change is transposed in every iteration all the same: ONNX Runtime then reads it as it
 * lies in the product, which is faster than a product with one that was transposed before.
 */
function isFused(source: Source): source is Node {
  return source.kind === 'node' && source.op === 'Transpose';
}
