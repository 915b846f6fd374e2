import { type Node, type Value } from '../graph.js';
import { type RowRule, rowRule } from './row-wise.js';

export interface RowChainOptions {
  /** Whether a value with elements is an input of the program. */
  readonly isInput: (value: Value) => boolean;
  /** Elements of one tile; a tensor is large when it has at least twice as many. */
  readonly tileElements: number;
}

/** Finds the values of a program that are computed row by row from large inputs. */
export class RowChains {
  readonly #options: RowChainOptions;
  readonly #rules = new Map<Value, RowRule>();
  readonly #phases = new Map<Value, number>();

  constructor(order: readonly Node[], options: RowChainOptions) {
    this.#options = options;
    for (const node of order) this.#classify(node);
  }

  /** How to compute a value row by row; undefined if that is not possible. */
  rule(value: Value): RowRule | undefined {
    return this.#rules.get(value);
  }

  /** How many times all rows have to be known before the rows of this value can be computed. */
  phase(value: Value): number {
    return this.#phases.get(value) ?? 0;
  }

  isLarge(value: Value): boolean {
    return value.size >= 2 * this.#options.tileElements && value.shape.length > 1;
  }

  isLargeInput(value: Value): boolean {
    const { kind } = value.source;
    return (
      this.isLarge(value) && (kind === 'placeholder' || (kind === 'data' && this.#options.isInput(value)))
    );
  }

  /** Whether a value is computed row by row and never joined. */
  isTiled(value: Value): boolean {
    return this.isLarge(value) && this.#rules.has(value);
  }

  /** Whether a value is computed row by row and its rows are joined for nodes that need the whole value. */
  isKept(value: Value): boolean {
    return this.#rules.has(value) && !this.isLarge(value);
  }

  #classify(node: Node): void {
    const [output] = node.outputs;
    const rule = this.#applicable(node);
    const phases = node.inputs.map((input, at) => {
      if (input === undefined) return 0;
      const waits = this.#rules.has(input) && !rule?.cuts(at);
      return this.phase(input) + Number(waits);
    });
    const phase = Math.max(0, ...phases);
    for (const each of node.outputs) this.#phases.set(each, phase);
    if (output && rule) this.#rules.set(output, rule);
  }

  #applicable(node: Node): RowRule | undefined {
    const [output] = node.outputs;
    const rule = rowRule(node);
    if (output === undefined || rule === undefined) return undefined;
    const fromRows = node.inputs.some((input, at) => input && rule.cuts(at) && this.#isRows(input));
    return fromRows || (rule.spreads && this.isLarge(output)) ? rule : undefined;
  }

  #isRows(value: Value): boolean {
    return this.#rules.has(value) || this.isLargeInput(value);
  }
}
