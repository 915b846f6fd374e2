import { type Node, Value } from '../graph.js';
import { filled } from '../ops/constants.js';
import { concat, slice } from '../ops/layout.js';
import type { RowChains } from './row-chains.js';
import type { RowRanges } from './row-ranges.js';
import { withInputs, withRows } from './row-wise.js';

/** Rows of a value that are computed or read separately. */
export interface Part {
  readonly value: Value;
  readonly begin: number;
}

/**
 * The values of a program as a tiled program computes them: separate rows, or whole. Each is made once, after the
 * values that it needs. Ask in program order, so that this recursion stays shallow.
 */
export class Tiles {
  readonly #chains: RowChains;
  readonly #ranges: RowRanges;
  readonly #wholes = new Map<Value, Value>();
  readonly #tiles = new Map<string, Value>();
  readonly #ids = new Map<Value, number>();

  constructor(chains: RowChains, ranges: RowRanges) {
    this.#chains = chains;
    this.#ranges = ranges;
  }

  /** All rows of a value, tile by tile. */
  allRows(value: Value, phase: number): Part[] {
    return this.#ranges
      .of(value)
      .map(([begin, end]) => ({ value: this.#rows(value, begin, end, phase), begin }));
  }

  whole(value: Value): Value {
    const known = this.#wholes.get(value);
    if (known) return known;
    const { source } = value;
    if (source.kind !== 'node') return value;
    if (this.#chains.isKept(value)) this.#wholes.set(value, this.#joined(value));
    else this.#copy(source);
    return this.#wholes.get(value) as Value;
  }

  /** Joins small results of tiles, for nodes that need the whole value. */
  #joined(value: Value): Value {
    const parts = this.allRows(value, this.#chains.phase(value)).map((part) => part.value);
    return concat(parts, 0);
  }

  #copy(node: Node): void {
    const inputs = node.inputs.map((input) => input && this.whole(input));
    const copies = withInputs(node, inputs);
    node.outputs.forEach((output, index) => this.#wholes.set(output, copies[index] as Value));
  }

  #rows(value: Value, begin: number, end: number, phase: number): Value {
    const isLarge = this.#chains.isLarge(value);
    const at = isLarge ? phase : this.#chains.phase(value);
    const key = `${this.#idOf(value)} ${begin} ${end} ${isLarge ? at : ''}`;
    let made = this.#tiles.get(key);
    if (made === undefined) {
      made = this.#madeRows(value, begin, end, at);
      this.#tiles.set(key, made);
    }
    return made;
  }

  #madeRows(value: Value, begin: number, end: number, phase: number): Value {
    const { type, fill, source } = value;
    const shape = [end - begin, ...value.shape.slice(1)];
    if (this.#chains.isLargeInput(value)) {
      return new Value(type, shape, { kind: 'rows', of: value, begin, phase });
    }
    const rule = this.#chains.rule(value);
    if (fill !== undefined && source.kind === 'node') return filled(fill, shape, type);
    if (rule === undefined || source.kind !== 'node') return cutRows(this.whole(value), begin, end);
    const inputs = source.inputs.map((input, index) => {
      if (input === undefined) return undefined;
      if (rule.replace?.at === index) return rule.replace.by(end - begin);
      return rule.cuts(index) ? this.#rows(input, begin, end, phase) : this.whole(input);
    });
    return withRows(source, inputs, end - begin);
  }

  #idOf(value: Value): number {
    let id = this.#ids.get(value);
    if (id === undefined) {
      id = this.#ids.size;
      this.#ids.set(value, id);
    }
    return id;
  }
}

function cutRows(value: Value, begin: number, end: number): Value {
  const rest = value.shape.slice(1);
  return slice(value, [begin, ...rest.map(() => 0)], [end, ...rest]);
}
