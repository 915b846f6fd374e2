import { nodesInOrder, type Value } from '../graph.js';
import { type RowChainOptions, RowChains } from './row-chains.js';
import { RowNeeds } from './row-needs.js';
import { RowRanges } from './row-ranges.js';
import { type Part, Tiles } from './tiles.js';

/** An output of a program: whole, or in parts that follow each other. */
export type Output = readonly Part[];

/** With fewer operators over large tensors there is no intermediate result to keep in a cache. */
const MIN_OPERATORS = 2;

/**
 * Operators over large tensors are bound by memory: each reads and writes all of it. Where they work row by row
 * (elementwise, sums over the other axes), the same chain of them is done here for some rows after the other, so that
 * what lies between two operators never leaves the cache. Rows of inputs are views of the same memory, and rows of
 * outputs are written in their place: cutting costs nothing.
 *
 * What needs all rows (a mean over the batch) waits for all tiles, and what follows it is tiled again, in another
 * phase: large intermediate results are then computed again from the inputs, which is cheaper than to write and read
 * them. Small ones are kept.
 */
export function tile(outputs: readonly Value[], options: RowChainOptions): Output[] {
  const order = nodesInOrder(outputs);
  const values = order.flatMap((node) => node.outputs);
  const chains = new RowChains(order, options);
  const tiled = values.filter((value) => chains.isTiled(value));
  const working = tiled.filter((value) => !chains.rule(value)?.spreads);
  if (working.length < MIN_OPERATORS) return outputs.map((value) => [{ value, begin: 0 }]);

  const needs = new RowNeeds(outputs, order, chains);
  const tiles = new Tiles(chains, new RowRanges(tiled, options.tileElements));
  // Each node comes after those it needs: no recursion gets deep, however long the program.
  for (const value of values) {
    if (needs.isWhole(value)) tiles.whole(value);
    for (const phase of needs.phasesOf(value)) tiles.allRows(value, phase);
  }
  return outputs.map((value) =>
    chains.isTiled(value)
      ? tiles.allRows(value, chains.phase(value))
      : [{ value: tiles.whole(value), begin: 0 }],
  );
}
