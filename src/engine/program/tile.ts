import { nodesInOrder, type Value } from '../graph.js';
import { type RowChainOptions, RowChains } from './row-chains.js';
import { RowNeeds } from './row-needs.js';
import { RowRanges } from './row-ranges.js';
import { type Part, Tiles } from './tiles.js';

/** An output of a program: whole, or as consecutive parts. */
export type Output = readonly Part[];

/** With fewer operators over large tensors, there is no intermediate result to keep in a cache. */
const MIN_OPERATORS = 2;

/**
 * Operators over large tensors are bound by memory: each of them reads and writes all of it. Where operators work row
 * by row (elementwise, sums over the other axes), this runs the whole chain for one block of rows after another, so
 * that intermediate results never leave the cache. Rows of inputs are views of the same memory, and rows of outputs are
 * written in place, so cutting costs nothing.
 *
 * An operation that needs all rows (a mean over the batch) waits for all tiles. The operations after it are tiled
 * again, in another phase: they compute large intermediate results again from the inputs, which is cheaper than writing
 * and reading them. Small results are kept.
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
  // In topological order, so the recursion stays shallow however long the program is.
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
