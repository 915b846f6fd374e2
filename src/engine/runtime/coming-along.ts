import { type Node, nodesInOrder, type Value } from '../graph.js';
import { isTensorType } from '../storage.js';

/**
 * The values that a run which computes those asked for computes as well: of what is `held`, all that depends on a node
 * of that run. Otherwise that node would be computed again for them, and theirs would be a history that grows: in a loop
 * that reads the loss of each step, the loss depends on the weights before the step, and what is held is the weights
 * after it.
 */
export function comingAlong(asked: readonly Value[], held: ReadonlySet<Value>): Value[] {
  const touched = new Set(nodesInOrder(asked));
  if (touched.size === 0) return [];
  const known = new Set(asked);
  const pending = [...held].filter((value) => value.source.kind === 'node' && !known.has(value));
  for (const node of nodesInOrder(pending)) {
    if (node.inputs.some((input) => isTouched(input, touched))) touched.add(node);
  }
  return pending
    .filter((value) => isTouched(value, touched))
    .map(operand)
    .filter(({ source }) => source.kind === 'node');
}

function isTouched(value: Value | undefined, touched: ReadonlySet<Node>): boolean {
  return value?.source.kind === 'node' && touched.has(value.source);
}

const VIEWS = new Set(['Expand', 'Reshape', 'Transpose']);

/** What a view shows: it need not be written out for the nodes behind it to be forgotten. */
function operand(value: Value): Value {
  const { source } = value;
  const [of] = source.kind === 'node' && VIEWS.has(source.op) ? source.inputs : [];
  return of === undefined || !isTensorType(of.type) ? value : operand(of);
}
