import type { Node, Value } from '../graph.js';
import type { RowChains } from './row-chains.js';

/** The values of a tiled program that are needed whole, and the values whose rows are needed, with their phases. */
export class RowNeeds {
  readonly #chains: RowChains;
  readonly #whole = new Set<Value>();
  readonly #phases = new Map<Value, Set<number>>();

  /** @param order the nodes that the outputs need, in topological order */
  constructor(outputs: readonly Value[], order: readonly Node[], chains: RowChains) {
    this.#chains = chains;
    for (const value of outputs) {
      if (chains.isTiled(value)) this.#addRows(value, chains.phase(value));
      else this.#whole.add(value);
    }
    for (const node of order.toReversed()) for (const value of node.outputs) this.#passOn(value, node);
  }

  isWhole(value: Value): boolean {
    return this.#whole.has(value);
  }

  phasesOf(value: Value): Iterable<number> {
    return this.#phases.get(value) ?? [];
  }

  #addRows(value: Value, phase: number): void {
    const phases = this.#phases.get(value) ?? new Set();
    phases.add(this.#chains.isLarge(value) ? phase : this.#chains.phase(value));
    this.#phases.set(value, phases);
  }

  /** Passes the needs of a node's output on to its inputs. */
  #passOn(value: Value, { inputs }: Node): void {
    const rule = this.#chains.rule(value);
    if (rule === undefined && this.#phases.has(value)) this.#whole.add(value);
    if (this.#whole.has(value)) {
      if (this.#chains.isKept(value)) this.#addRows(value, this.#chains.phase(value));
      else for (const input of inputs) if (input) this.#whole.add(input);
    }
    if (rule === undefined) return;
    for (const phase of this.phasesOf(value)) {
      inputs.forEach((input, at) => {
        if (input === undefined) return;
        if (rule.cuts(at)) this.#addRows(input, phase);
        else this.#whole.add(input);
      });
    }
  }
}
