import type { Value } from '../graph.js';
import { emit } from './emit.js';
import { broadcastShape } from './shapes.js';

/** [..., n, k] times [..., k, m]; leading axes broadcast. */
export function matMul(a: Value, b: Value): Value {
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const shape = [...batch, a.shape.at(-2) as number, b.shape.at(-1) as number];
  return emit('MatMul', [a, b], { type: a.type, shape });
}
