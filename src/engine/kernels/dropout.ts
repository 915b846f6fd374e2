import {
  COLUMN_KEY,
  DROPOUT_MASK,
  type DropoutMaskAttrs,
  MIX,
  rowsAndColumns,
  seedOffset,
} from '../../ops/dropout-mask.js';
import { Value } from '../graph.js';
import { zeros } from '../ops/constants.js';
import { add, binary, cast, compare, mul } from '../ops/elementwise.js';
import { emit } from '../ops/emit.js';
import { range } from '../ops/indexing.js';
import { reshape } from '../ops/layout.js';
import { kernel, type Kernel } from './kernel.js';

function uint32(number: number): Value {
  return new Value('uint32', [], { kind: 'constant', elements: Uint32Array.of(number) });
}

const xor = (a: Value, b: Value): Value => binary('BitwiseXor', a, b);

/** x xor (x >> by) */
function folded(x: Value, by: number): Value {
  const { type, shape } = x;
  const attributes = { direction: { string: 'RIGHT' } };
  return xor(x, emit('BitShift', [x, uint32(by)], { type, shape }, { attributes }));
}

function mix(x: Value): Value {
  const [first, second, third] = MIX.shifts;
  const once = mul(folded(x, first), uint32(MIX.factors[0]));
  return folded(mul(folded(once, second), uint32(MIX.factors[1])), third);
}

/** 0, 1, 2, ... as a column or a row. */
function positions(count: number, shape: readonly number[]): Value {
  return reshape(cast(range(count), 'uint32'), shape);
}

export const DROPOUT: Record<string, Kernel> = {
  /**
   * The same hash as `kept` of src/ops/dropout-mask.ts. ONNX Runtime's uint32 wraps around as JavaScript's Math.imul
   * does.
   */
  [DROPOUT_MASK]: kernel<'seed', DropoutMaskAttrs>(({ seed }, { shape, offset, threshold }) => {
    if (shape.includes(0)) return zeros(shape, 'bool');
    const [rows, columns] = rowsAndColumns(shape);
    const key = mix(add(cast(seed, 'uint32'), uint32(seedOffset(offset))));
    const columnKey = mix(xor(key, uint32(COLUMN_KEY)));
    const rowBits = mix(add(positions(rows, [rows, 1]), key));
    const columnBits = mix(add(positions(columns, [1, columns]), columnKey));
    const product = mul(xor(rowBits, columnBits), uint32(MIX.factors[0]));
    const bits = mul(folded(product, MIX.shifts[1]), uint32(MIX.factors[1]));
    return reshape(compare('GreaterOrEqual', bits, uint32(threshold)), shape);
  }),
};
