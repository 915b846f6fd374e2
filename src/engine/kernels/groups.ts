import type { Value } from '../graph.js';
import { int64s } from '../ops/constants.js';
import { div, mul } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';

/**
 * Splits values [texts, ...] into groups of texts; each group has its part of every value. The number of groups is the
 * same for every batch of a named dimension, so with fewer texts than groups some groups are empty. The number of texts
 * in a group is known only at run time; the recorded shape assumes equal parts.
 */
export function groupsOf<Values extends readonly [Value, ...Value[]]>(
  values: Values,
  maxGroups: number,
): Values[] {
  const [texts = 0] = values[0].shape;
  const count = Math.min(maxGroups, texts);
  if (count <= 1) return [values];
  const attributes = { start: { int: 0 }, end: { int: 1 } };
  const total = emit('Shape', [values[0]], { type: 'int64', shape: [1] }, { attributes });
  const bound = (group: number): Value => div(mul(total, int64s([group])), int64s([count]));
  const part = (value: Value, group: number): Value =>
    emit('Slice', [value, bound(group), bound(group + 1), int64s([0]), int64s([1])], {
      type: value.type,
      shape: [texts / count, ...value.shape.slice(1)],
    });
  return Array.from(
    { length: count },
    (_, group) => values.map((value) => part(value, group)) as unknown as Values,
  );
}
