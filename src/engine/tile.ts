import { type Node, nodesInOrder, Value } from './graph.js';
import { concat, slice } from './ops/layout.js';
import { type RowRule, rowRule, rowSize, withInputs, withRows } from './row-wise.js';

/** Rows of a value that are computed, or read, on their own. */
export interface Part {
  readonly value: Value;
  readonly begin: number;
}

/** An output of a program: whole, or in parts that follow each other. */
export type Output = readonly Part[];

/** A tensor below this size stays in a cache anyway. */
const MIN_ELEMENTS = 2 ** 19;
/**
 * Elements of one tile. Some of them have to fit into a core's cache together, and each operator still has to be long
 * beside the microseconds that starting it takes.
 */
const TILE_ELEMENTS = 2 ** 18;
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
export function tile(outputs: readonly Value[], isInput: (value: Value) => boolean): Output[] {
  const order = nodesInOrder(outputs);
  const rules = new Map<Value, RowRule>();
  /** Rows of the values that are computed row by row from large inputs. */
  const rowsOf = new Map<Value, number>();
  const phases = new Map<Value, number>();
  for (const node of order) classify(node);
  const operators = order.filter(({ outputs: [output] }) => output && rowsOf.has(output) && isLarge(output));
  if (operators.length < MIN_OPERATORS) return outputs.map((value) => [{ value, begin: 0 }]);

  const wholes = new Map<Value, Value>();
  const tiles = new Map<string, Value>();
  const ids = new Map<Value, number>();
  return outputs.map((output) => {
    if (!isLarge(output) || !rowsOf.has(output)) return [{ value: whole(output), begin: 0 }];
    return ranges(output).map(([begin, end]) => ({
      value: rows(output, begin, end, phaseOf(output)),
      begin,
    }));
  });

  function classify(node: Node): void {
    const [output] = node.outputs;
    const inputs = node.inputs.filter((input) => input !== undefined);
    const rule = rowRule(node);
    const cut = rule ? inputs.filter((input, at) => rule.cuts(at) && isRows(input)) : [];
    const [first] = cut;
    if (output && rule && first && output.shape[0] === first.shape[0]) {
      rowsOf.set(output, first.shape[0] as number);
      rules.set(output, rule);
      phases.set(output, Math.max(...inputs.map(phaseOf)));
    } else {
      const phase = Math.max(0, ...inputs.map((input) => phaseOf(input) + Number(rowsOf.has(input))));
      for (const each of node.outputs) phases.set(each, phase);
    }
  }

  function isRows(value: Value): boolean {
    return rowsOf.has(value) || isLargeInput(value);
  }

  function isLargeInput(value: Value): boolean {
    const { kind } = value.source;
    return isLarge(value) && (kind === 'placeholder' || (kind === 'data' && isInput(value)));
  }

  function phaseOf(value: Value): number {
    return phases.get(value) ?? 0;
  }

  function rows(value: Value, begin: number, end: number, phase: number): Value {
    const large = isLarge(value);
    const at = large ? phase : phaseOf(value);
    return once(`${idOf(value)} ${begin} ${end} ${large ? at : ''}`, () => {
      if (isLargeInput(value)) {
        const shape = [end - begin, ...value.shape.slice(1)];
        return new Value(value.type, shape, { kind: 'rows', of: value, begin, phase: at });
      }
      const rule = rules.get(value);
      const { source } = value;
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
    if (rowsOf.has(value) && !isLarge(value)) {
      const made = concat(
        ranges(value).map(([begin, end]) => rows(value, begin, end, phaseOf(value))),
        0,
      );
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
    const step = Math.max(1, Math.floor(TILE_ELEMENTS / longestRow(count)));
    return Array.from({ length: Math.ceil(count / step) }, (_, index) => [
      index * step,
      Math.min(count, (index + 1) * step),
    ]);
  }

  function longestRow(count: number): number {
    return Math.max(
      ...operators.flatMap(({ outputs: [output] }) => (output?.shape[0] === count ? rowSize(output) : [1])),
    );
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

function isLarge(value: Value): boolean {
  return value.size >= MIN_ELEMENTS && value.shape.length > 1;
}

function cutRows(value: Value, begin: number, end: number): Value {
  const rest = value.shape.slice(1);
  return slice(value, [begin, ...rest.map(() => 0)], [end, ...rest]);
}
