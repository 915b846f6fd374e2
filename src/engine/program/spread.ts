import { type Node, Value } from '../graph.js';

/** Below this number of elements, it does not matter how a row is repeated. */
const MIN_ELEMENTS = 2 ** 16;
/** A column of ones with more rows is not worth storing. */
const MAX_ROWS = 2 ** 12;

/**
 * The column of ones by which a row is multiplied instead of being expanded. ONNX Runtime multiplies on all threads, in
 * half the time (256 rows of 30,522 elements: 2.1 instead of 4.7 ms). Undefined for any other node.
 */
export function spreadColumn(node: Node): Value | undefined {
  const [output] = node.outputs;
  const [row, target] = node.inputs;
  if (
    node.op !== 'Expand' ||
    output === undefined ||
    row === undefined ||
    target?.source.kind !== 'constant'
  ) {
    return undefined;
  }
  const [rows = 0, columns] = output.shape;
  const isRow =
    output.type === 'float32' && output.shape.length === 2 && row.size === columns && row.size > 1;
  if (!isRow || output.size < MIN_ELEMENTS || rows > MAX_ROWS) return undefined;
  return new Value('float32', [rows, 1], { kind: 'constant', elements: new Float32Array(rows).fill(1) });
}
