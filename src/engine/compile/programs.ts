import { warn } from '../../warnings.js';
import { sharedRuntime } from '../runtime/runtime.js';
import { changedState, type Compiled, usesDisposed } from './run-compiled.js';

/** After this many recordings of one signature, a warning names what keeps changing. */
const MANY = 8;

/** The most recordings of one function that are kept, with or without sessions. */
const MOST = 64;

/** The programs of one compiled function. A signature has one program for each state in which it was recorded. */
export class Programs {
  readonly #known = new Map<string, Compiled[]>();
  readonly #name: string;
  readonly #recordings = new Map<string, number>();
  #hasWarned = false;

  constructor(name: string) {
    this.#name = name;
  }

  /** Removes and returns the programs whose variables are disposed. The caller releases them. */
  takeDisposed(signature: string): Compiled[] {
    const all = this.#known.get(signature) ?? [];
    const gone = all.filter(usesDisposed);
    if (gone.length > 0) {
      this.#known.set(
        signature,
        all.filter((each) => !gone.includes(each)),
      );
    }
    return gone;
  }

  /** The program that was recorded in the present state. */
  find(signature: string): Compiled | undefined {
    const all = this.#known.get(signature) ?? [];
    const changes = all.map(changedState);
    const found = all[changes.indexOf(undefined)];
    if (found === undefined) this.#warnOfChanges(signature, changes.at(-1));
    return found;
  }

  add(signature: string, compiled: Compiled): void {
    this.#known.set(signature, [...(this.#known.get(signature) ?? []), compiled]);
    this.#recordings.set(signature, (this.#recordings.get(signature) ?? 0) + 1);
    this.#dropUnused();
  }

  /** More recordings than sessions are kept: recording again takes less time than making a session. */
  #dropUnused(): void {
    const { sessions } = sharedRuntime();
    let count = [...this.#known.values()].flat().length;
    for (const [signature, all] of this.#known) {
      if (count <= MOST) return;
      const used = all.filter(({ key }) => sessions.has(key));
      count -= all.length - used.length;
      if (used.length > 0) this.#known.set(signature, used);
      else this.#known.delete(signature);
    }
  }

  async forget(signature: string): Promise<void> {
    const all = this.#known.get(signature) ?? [];
    this.#known.delete(signature);
    await this.release(all);
  }

  async forgetAll(): Promise<void> {
    const all = [...this.#known.values()].flat();
    this.#known.clear();
    await this.release(all);
  }

  async release(programs: readonly Compiled[]): Promise<void> {
    if (programs.length > 0) await sharedRuntime().sessions.release(programs.map(({ key }) => key));
  }

  #warnOfChanges(signature: string, changed: string | undefined): void {
    if (this.#hasWarned || changed === undefined || (this.#recordings.get(signature) ?? 0) < MANY) return;
    this.#hasWarned = true;
    warn(
      `${this.#name} was recorded ${MANY} times for arguments of the same types and shapes, most recently because ` +
        `${changed} had changed. Each recording costs as much as some steps: read a number that changes often as ` +
        'hostScalar(() => number), which makes it an input of the program.',
    );
  }
}
