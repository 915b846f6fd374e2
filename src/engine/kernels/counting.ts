import type { Value } from '../graph.js';
import { filled, isEmpty, scalar, zeros } from '../ops/constants.js';
import { binary, cast, compare, where } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { reshape, slice } from '../ops/layout.js';
import { kernel, type Kernel } from './kernel.js';

/** Throws if an element that is known before the program runs is below zero. Computed elements are not checked. */
function requireNonNegative({ source }: Value): void {
  if (source.kind !== 'data' && source.kind !== 'constant') return;
  const wrong = source.elements.find((element: number | bigint) => element < 0);
  if (wrong !== undefined) throw new RangeError(`bincount of ${wrong}; expected no element below 0`);
}

/** For each row of `x` [rows, columns], the summed weights of the elements 0, 1, ..., size - 1. */
function binsOfRows(x: Value, weights: Value, size: number, reduction: 'add' | 'none'): Value {
  const [rows = 0] = x.shape;
  // An additional bin takes the elements that belong to no bin.
  const spare = scalar(size, 'int32');
  const positions = where(compare('Less', x, scalar(0, 'int32')), spare, binary('Min', x, spare));
  const bins = emit(
    'ScatterElements',
    [zeros([rows, size + 1], weights.type), positions, weights],
    { type: weights.type, shape: [rows, size + 1] },
    { attributes: { axis: { int: 1 }, reduction: { string: reduction } } },
  );
  return slice(bins, [0, 0], [rows, size]);
}

interface Counting {
  readonly size: number;
  /** Whether to report if an element occurs (0 or 1) instead of how often. */
  readonly binaryOutput?: boolean;
}

const counting = (perRow: boolean): Kernel =>
  kernel<'x' | 'weights', Counting>(({ x, weights }, { size, binaryOutput = false }) => {
    requireNonNegative(x);
    const byRow = perRow && x.shape.length === 2;
    const shape = byRow ? [...x.shape.slice(0, 1), size] : [size];
    if (isEmpty(x)) return zeros(shape, weights.type);
    const rows = byRow ? x.shape : [1, x.size];
    const type = weights.type === 'bool' ? 'int32' : weights.type;
    const each =
      isEmpty(weights) || (byRow && binaryOutput)
        ? filled(1, rows, type)
        : reshape(cast(weights, type), rows);
    const bins = binsOfRows(reshape(x, rows), each, size, byRow && binaryOutput ? 'none' : 'add');
    return reshape(cast(bins, weights.type), shape);
  });

export const COUNTING: Record<string, Kernel> = {
  Bincount: counting(false),
  DenseBincount: counting(true),
};
