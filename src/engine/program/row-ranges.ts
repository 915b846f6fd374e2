import type { Value } from '../graph.js';
import { rowSize } from './row-wise.js';

/**
 * Where tensors are cut. All tensors with the same number of rows are cut in the same way, whatever their row length.
 */
export class RowRanges {
  readonly #tileElements: number;
  /** The longest row among all tensors with this number of rows. */
  readonly #longest = new Map<number, number>();

  /** @param values the values that are cut into tiles of at most `tileElements` elements */
  constructor(values: readonly Value[], tileElements: number) {
    this.#tileElements = tileElements;
    for (const value of values) {
      const count = value.shape[0] as number;
      this.#longest.set(count, Math.max(this.#longest.get(count) ?? 1, rowSize(value)));
    }
  }

  /** The first row of each tile, and the row after its last one. */
  of({ shape }: Value): [begin: number, end: number][] {
    const count = shape[0] as number;
    const step = Math.max(1, Math.floor(this.#tileElements / (this.#longest.get(count) ?? 1)));
    return Array.from({ length: Math.ceil(count / step) }, (_, index) => [
      index * step,
      Math.min(count, (index + 1) * step),
    ]);
  }
}
