import type { ParityCase } from '../case.js';
import type { Replaced } from './count-calls.js';

/** The outcome for a loss or function that a port replaces. */
export interface ReplacedVerdict {
  readonly kind: Replaced['kind'];
  readonly name: string;
  /** On cases of losses, and on whole models. */
  readonly calls: { readonly losses: number; readonly models: number };
  /** `not selected`: never called, but no case of this selection names it, and something else was called. */
  readonly verdict: 'called' | 'never called' | 'not selected';
}

/** Watches which of the replaced losses and functions cases name and call. */
export class ReplacedWatch {
  readonly #replaced: readonly Replaced[];
  readonly #named = new Set<string>();
  #onLosses: ReadonlyMap<Replaced, number> = new Map();
  #beforeModels: ReadonlyMap<Replaced, number> = new Map();

  constructor(replaced: readonly Replaced[]) {
    this.#replaced = replaced;
  }

  /** Notes what a case names: its loss, its wrapper, and functions and regularizers among their options. */
  saw({ loss, wrapper, lossOptions, wrapperOptions }: ParityCase): void {
    const options = [...Object.values(lossOptions), ...Object.values(wrapperOptions)];
    for (const name of [loss, wrapper, ...options]) if (typeof name === 'string') this.#named.add(name);
  }

  endLosses(): void {
    this.#onLosses = this.#counts();
  }

  /** Calls made to shrink a failure do not count. */
  beginModels(): void {
    this.#beforeModels = this.#counts();
  }

  /** @param whole whether every case was to be judged, so that everything should have been called */
  verdicts(whole: boolean): ReplacedVerdict[] {
    const anyCalled = this.#replaced.some(({ calls }) => calls > 0);
    return this.#replaced.map((one) => {
      const { kind, name } = one;
      const losses = this.#onLosses.get(one) ?? 0;
      const models = one.calls - (this.#beforeModels.get(one) ?? 0);
      const wasDue = whole || !anyCalled || this.#named.has(name);
      const idle = wasDue ? 'never called' : 'not selected';
      return { kind, name, calls: { losses, models }, verdict: losses + models > 0 ? 'called' : idle };
    });
  }

  #counts(): ReadonlyMap<Replaced, number> {
    return new Map(this.#replaced.map((one) => [one, one.calls]));
  }
}
