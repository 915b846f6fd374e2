import { nodesInOrder, Value } from '../graph.js';
import { filled } from '../ops/constants.js';
import { concat, slice } from '../ops/layout.js';
import { type RowChainOptions, RowChains } from './row-chains.js';
import { rowSize, withInputs, withRows } from './row-wise.js';

/** Rows of a value that are computed, or read, on their own. */
export interface Part {
  readonly value: Value;
  readonly begin: number;
}

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
  const chains = new RowChains(order, options);
  const operators = order
    .flatMap((node) => node.outputs)
    .filter((value) => chains.isLarge(value) && chains.rule(value));
  const working = operators.filter((value) => !chains.rule(value)?.spreads);
  if (working.length < MIN_OPERATORS) return outputs.map((value) => [{ value, begin: 0 }]);

  /** The longest row among the values of so many rows. */
  const longest = new Map<number, number>();
  for (const value of operators) {
    const count = value.shape[0] as number;
    longest.set(count, Math.max(longest.get(count) ?? 1, rowSize(value)));
  }
  const wholes = new Map<Value, Value>();
  const tiles = new Map<string, Value>();
  const ids = new Map<Value, number>();
  /** In which phases rows of a value are needed, and which values are needed whole. */
  const phasesOf = new Map<Value, Set<number>>();
  const neededWhole = new Set<Value>();

  for (const value of outputs) {
    if (isTiledOutput(value)) needRows(value, chains.phase(value));
    else neededWhole.add(value);
  }
  for (const node of order.toReversed()) for (const value of node.outputs) need(value);
  // Each node comes after those it needs: no recursion gets deep, however long the program.
  for (const value of order.flatMap((node) => node.outputs)) {
    if (neededWhole.has(value)) whole(value);
    for (const phase of phasesOf.get(value) ?? []) allRows(value, phase);
  }
  return outputs.map((value) =>
    isTiledOutput(value) ? allRows(value, chains.phase(value)) : [{ value: whole(value), begin: 0 }],
  );

  function isTiledOutput(value: Value): boolean {
    return chains.isLarge(value) && chains.rule(value) !== undefined;
  }

  function needRows(value: Value, phase: number): void {
    const phases = phasesOf.get(value) ?? new Set();
    phases.add(chains.isLarge(value) ? phase : chains.phase(value));
    phasesOf.set(value, phases);
  }

  /** Passes on to the inputs of a node what is needed of its output. */
  function need(value: Value): void {
    const { source } = value;
    const rule = chains.rule(value);
    if (source.kind !== 'node') return;
    if (rule === undefined && phasesOf.has(value)) neededWhole.add(value);
    if (neededWhole.has(value)) {
      if (isKept(value)) needRows(value, chains.phase(value));
      else for (const input of source.inputs) if (input) neededWhole.add(input);
    }
    if (rule === undefined) return;
    for (const phase of phasesOf.get(value) ?? []) {
      source.inputs.forEach((input, at) => {
        if (input === undefined) return;
        if (rule.cuts(at)) needRows(input, phase);
        else neededWhole.add(input);
      });
    }
  }

  /** Small results of tiles are joined, for whatever needs them whole. */
  function isKept(value: Value): boolean {
    return chains.rule(value) !== undefined && !chains.isLarge(value);
  }

  function allRows(value: Value, phase: number): Part[] {
    return ranges(value).map(([begin, end]) => ({ value: rows(value, begin, end, phase), begin }));
  }

  function rows(value: Value, begin: number, end: number, phase: number): Value {
    const large = chains.isLarge(value);
    const at = large ? phase : chains.phase(value);
    return once(`${idOf(value)} ${begin} ${end} ${large ? at : ''}`, () => {
      const shape = [end - begin, ...value.shape.slice(1)];
      if (chains.isLargeInput(value)) {
        return new Value(value.type, shape, { kind: 'rows', of: value, begin, phase: at });
      }
      const rule = chains.rule(value);
      const { source } = value;
      if (value.fill !== undefined && source.kind === 'node') return filled(value.fill, shape, value.type);
      if (rule === undefined || source.kind !== 'node') return cutRows(whole(value), begin, end);
      const inputs = source.inputs.map((input, index) => {
        if (input === undefined) return undefined;
        if (rule.replace?.at === index) return rule.replace.by(end - begin);
        return rule.cuts(index) ? rows(input, begin, end, at) : whole(input);
      });
      return withRows(source, inputs, end - begin);
    });
  }

  function once(key: string, make: () => Value): Value {
    let made = tiles.get(key);
    if (made === undefined) {
      made = make();
      tiles.set(key, made);
    }
    return made;
  }

  function whole(value: Value): Value {
    const known = wholes.get(value);
    if (known) return known;
    const { source } = value;
    if (source.kind !== 'node') return value;
    if (isKept(value)) {
      const parts = allRows(value, chains.phase(value)).map((part) => part.value);
      const made = concat(parts, 0);
      wholes.set(value, made);
      return made;
    }
    const copies = withInputs(
      source,
      source.inputs.map((input) => input && whole(input)),
    );
    source.outputs.forEach((output, index) => wholes.set(output, copies[index] as Value));
    return wholes.get(value) as Value;
  }

  /** Every value of so many rows is cut in the same way, whatever the length of its rows. */
  function ranges({ shape }: Value): [begin: number, end: number][] {
    const count = shape[0] as number;
    const step = Math.max(1, Math.floor(options.tileElements / (longest.get(count) ?? 1)));
    return Array.from({ length: Math.ceil(count / step) }, (_, index) => [
      index * step,
      Math.min(count, (index + 1) * step),
    ]);
  }

  function idOf(value: Value): number {
    let id = ids.get(value);
    if (id === undefined) {
      id = ids.size;
      ids.set(value, id);
    }
    return id;
  }
}

function cutRows(value: Value, begin: number, end: number): Value {
  const rest = value.shape.slice(1);
  return slice(value, [begin, ...rest.map(() => 0)], [end, ...rest]);
}
