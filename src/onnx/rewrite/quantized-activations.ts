import { float32, int64s, uint8s } from './constants.js';
import type { GraphRewriter } from './graph-rewriter.js';
import { memoized, type NamedCodes } from './quantized-weights.js';

/** The code of 0: on their left-hand side, ONNX Runtime's products take unsigned codes. */
export const ZERO_CODE = 128;
const LARGEST_CODE = 127;

/** Below this, all elements of a row count as zeros. Their scale does not matter, but must not be 0. */
const SMALLEST = 1e-30;

/**
 * Quantizes values that depend on the input while the graph runs. Each token (or each text) has its own scale:
 *
 *     scale = max |x| / 127,   code = round(x / scale) + 128
 *
 * so the embedding of a text does not depend on the other texts. DynamicQuantizeLinear has one scale for all.
 */
export class QuantizedActivations {
  readonly #to: GraphRewriter;
  readonly #known = new Map<string, NamedCodes>();

  constructor(to: GraphRewriter) {
    this.#to = to;
  }

  /** x [..., width] -> codes uint8 [rows, width], scales [rows] */
  byRow(name: string, width: number): NamedCodes {
    return memoized(this.#known, `row ${name}`, () => {
      const rows = this.#to.emit(
        'Reshape',
        [name, this.#to.constant('shape', int64s(-1, width))],
        `${name}_rows`,
      );
      return this.#quantized(rows, [1]);
    });
  }

  /** x [items, ...] of this rank -> codes uint8 [items, ...], scales [items] */
  byItem(name: string, rank: number): NamedCodes {
    const inner = Array.from({ length: rank - 1 }, (_, axis) => axis + 1);
    return memoized(this.#known, `item ${name}`, () => this.#quantized(name, inner));
  }

  #quantized(x: string, inner: readonly number[]): NamedCodes {
    const to = this.#to;
    const within = [x, to.constant('axes', int64s(...inner))];
    const highest = to.emit('ReduceMax', within, `${x}_highest`, { keepdims: { int: 0 } });
    const lowest = to.emit('ReduceMin', within, `${x}_lowest`, { keepdims: { int: 0 } });
    const sizes = [
      highest,
      to.emit('Neg', [lowest], `${x}_depth`),
      to.constant('smallest', float32(SMALLEST)),
    ];
    const largest = to.emit('Max', sizes, `${x}_largest`);
    const scales = to.emit('Div', [largest, to.constant('codes', float32(LARGEST_CODE))], `${x}_scales`);
    const count = to.emit('Shape', [scales], `${x}_count`);
    const zeros = to.emit('Expand', [to.constant('zero', uint8s(ZERO_CODE)), count], `${x}_zeros`);
    const codes = to.emit('QuantizeLinear', [x, scales, zeros], `${x}_codes`, { axis: { int: 0 } });
    return { codes, scales };
  }
}
