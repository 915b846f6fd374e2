import type { Value } from '../graph.js';
import { int64s } from '../ops/constants.js';
import { div, mul } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';

/**
 * The texts of values [texts, ...] in groups, of each group its part of every value. How many groups there are is the
 * same for every batch of a named dimension; of fewer texts than groups some are empty. How many texts a group has is
 * known at run time: to the recorder it is an equal part of them.
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
