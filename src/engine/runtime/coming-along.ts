import { type Node, nodesInOrder, type Value } from '../graph.js';
import { isTensorType } from '../storage.js';

/**
 * The values that a run for the `asked` values computes as well: all values of `held` that depend on a node of that
 * run. Otherwise they would need that node again later, and their history would grow. In a loop that reads the loss of
 * each step, for example, the loss depends on the weights before the step, while `held` has the weights after it.
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

/** The value behind a view. The view itself need not be computed for the nodes behind it to be freed. */
function operand(value: Value): Value {
  const { source } = value;
  const [of] = source.kind === 'node' && VIEWS.has(source.op) ? source.inputs : [];
  return of === undefined || !isTensorType(of.type) ? value : operand(of);
}
