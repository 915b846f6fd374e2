import type { MiniBatchSize } from '../ops/mini-batch-loop.js';
import type { Value } from './graph.js';
import { int64s, scalar } from './ops/constants.js';
import { add, cast, compare, where } from './ops/elementwise.js';
import { emit } from './ops/emit.js';
import { gather } from './ops/indexing.js';
import { concat } from './ops/layout.js';
import { loop } from './ops/loop.js';
import { reduce } from './ops/reduce.js';

/** The size of an axis, as an int64 vector of one element. */
export function sizeOfAxis(x: Value, axis: number): Value {
  const attributes = { start: { int: axis }, end: { int: axis + 1 } };
  return emit('Shape', [x], { type: 'int64', shape: [1] }, { attributes });
}

/** Turns an int64 vector of one element into a scalar, or a scalar into such a vector. */
export const asScalar = (x: Value): Value => emit('Squeeze', [x, int64s([0])], { type: x.type, shape: [] });
export const asVector = (x: Value): Value =>
  emit('Unsqueeze', [x, int64s([0])], { type: x.type, shape: [1] });

/**
 * Where each mini-batch begins, then the number of rows; int64.
 *
 * @param rows [rows, ...]
 * @param mask marks the tokens that a budget counts
 */
export function boundsOf(rows: Value, mask: Value | undefined, size: MiniBatchSize): Value {
  const count = sizeOfAxis(rows, 0);
  const begins =
    size.tokens === null || mask === undefined ? evenly(rows, size.rows) : byTokens(mask, size.tokens);
  return concat([begins, count], 0);
}

function evenly(rows: Value, step: number): Value {
  const end = asScalar(sizeOfAxis(rows, 0));
  const parts = Math.ceil((rows.shape[0] ?? 0) / step);
  return emit('Range', [scalar(0, 'int64'), end, scalar(step, 'int64')], { type: 'int64', shape: [parts] });
}

/** Rows join the mini-batch one by one as long as the budget of tokens lasts. */
function byTokens(mask: Value, budget: number): Value {
  const rows = mask.shape[0] ?? 0;
  const counts = reduce('ReduceSum', cast(mask, 'float32'), [1], false);
  const [, isBegin] = loop({
    count: asScalar(sizeOfAxis(mask, 0)),
    states: [scalar(0, 'float32')],
    listedLength: rows,
    body: (row, [tokens]) => {
      const own = gather(counts, row, 0);
      const together = add(tokens as Value, own);
      const isFirst = compare('Equal', row, scalar(0, 'int64'));
      const begins = compare('Or', isFirst, compare('Greater', together, scalar(budget, 'float32')));
      return { states: [where(begins, own, together)], listed: [begins] };
    },
  });
  const found = emit('NonZero', [isBegin], { type: 'int64', shape: [1, rows] });
  return emit('Squeeze', [found, int64s([0])], { type: 'int64', shape: [rows] });
}

/**
 * The number of positions up to the last one that any row of the mask uses, or all if no row uses any; int64 vector of
 * one element.
 */
export function usedLength(mask: Value): Value {
  const [, length = 0] = mask.shape;
  const all = sizeOfAxis(mask, 1);
  const isUsed = cast(compare('Equal', mask, scalar(0, mask.type)), 'int64');
  const unused = reduce('ReduceMin', isUsed, [0], false);
  const positions = emit('Range', [scalar(0, 'int64'), asScalar(all), scalar(1, 'int64')], {
    type: 'int64',
    shape: [length],
  });
  const isLast = compare('Equal', unused, scalar(0, 'int64'));
  const ends = where(isLast, add(positions, scalar(1, 'int64')), scalar(0, 'int64'));
  const used = reduce('ReduceMax', ends, [0], true);
  return where(compare('Equal', used, scalar(0, 'int64')), all, used);
}
