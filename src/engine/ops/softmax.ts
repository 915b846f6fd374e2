import type { Value } from '../graph.js';
import { emit } from './emit.js';

/** Softmax or its logarithm along one axis. */
export function softmax(op: 'Softmax' | 'LogSoftmax', logits: Value, axis: number): Value {
  return emit(
    op,
    [logits],
    { type: logits.type, shape: logits.shape },
    { attributes: { axis: { int: axis } } },
  );
}
