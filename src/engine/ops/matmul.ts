import type { Value } from '../graph.js';
import { zeros } from './constants.js';
import { emit } from './emit.js';
import { broadcastShape } from './shapes.js';

/** [..., n, k] times [..., k, m]; leading axes broadcast. */
export function matMul(a: Value, b: Value): Value {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, a.shape.at(-2) as number, b.shape.at(-1) as number];
  // ONNX Runtime has no shape for an empty sum in broadcast batches.
  if (a.shape.at(-1) === 0) return zeros(shape, a.type);
  return emit('MatMul', [a, b], { type: a.type, shape });
}
