import type { Value } from '../graph.js';
import { int64s } from '../ops/constants.js';
import { cast } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { concat } from '../ops/layout.js';
import { argReduce } from '../ops/reduce.js';

/** Joins the parts of each output along an axis: all first outputs, then all second outputs. */
export function joined(parts: readonly (readonly Value[])[], axis: number): Value[] {
  return (parts[0] ?? []).map((_, output) =>
    concat(
      parts.map((part) => part[output] as Value),
      axis,
    ),
  );
}

/**
 * The maxima of logits [texts, length, terms] over the tokens and their positions, both [texts, terms].
 *
 * The maxima are gathered at their positions. ONNX Runtime postpones what only the backward pass needs; with separately
 * computed positions, all pieces of the logits would wait in memory.
 */
export function maximaAndPositions(logits: Value): [maxima: Value, positions: Value] {
  const [texts = 0, , terms = 0] = logits.shape;
  const positions = argReduce('ArgMax', logits, 1, true);
  const maxima = emit(
    'GatherElements',
    [logits, positions],
    { type: 'float32', shape: [texts, 1, terms] },
    { attributes: { axis: { int: 1 } } },
  );
  const squeezed = (x: Value): Value =>
    emit('Squeeze', [x, int64s([1])], { type: x.type, shape: [texts, terms] });
  return [squeezed(maxima), cast(squeezed(positions), 'int32')];
}
