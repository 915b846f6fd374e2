import { anObject, checkArguments } from '../arguments.js';
import { Observer, type StateRead } from './observer.js';

/** The state that a recorded function reads, and the counters that it moves. */
export interface RecordedState {
  /** If one of them has changed, the recording no longer matches the function. */
  readonly reads: readonly StateRead[];
  /** By how much one run advances each counter. */
  readonly counts: readonly { readonly counter: Counter; readonly by: number }[];
}

interface Recorder {
  readonly observer: Observer;
  /** The position of each counter at the beginning. */
  readonly begins: Map<Counter, number>;
}

let current: Recorder | undefined;

const STATEFUL = anObject('an object with fields');

/** Weak references: the owner of an object decides how long it lives. */
const stateful = new Set<WeakRef<object>>();

/**
 * Declares that functions which read this object's fields depend on them. `compile` then notices a changed field,
 * including fields of the objects in those fields. Every Loss and every SparseEncoder does this by itself.
 *
 * @throws InputError if `object` is not an object
 */
export function hasState(object: object): void {
  checkArguments('hasState', { object: STATEFUL }, { object });
  stateful.add(new WeakRef(object));
}

/**
 * Runs a function that is being recorded and notes what it reads of all objects with state and of `others`. Afterwards
 * the counters have their former positions.
 */
export function recordState<T>(
  run: () => T,
  others: readonly object[] = [],
): { result: T; state: RecordedState } {
  const outer = current;
  const recorder = { observer: new Observer(), begins: new Map<Counter, number>() };
  for (const object of others) recorder.observer.observe(object);
  for (const reference of stateful) {
    const object = reference.deref();
    if (object === undefined) stateful.delete(reference);
    else recorder.observer.observe(object);
  }
  current = recorder;
  try {
    const result = run();
    const counts = [...recorder.begins].map(([counter, begin]) => ({ counter, by: counter.since(begin) }));
    return { result, state: { reads: recorder.observer.reads, counts } };
  } finally {
    current = outer;
    recorder.observer.stop();
    for (const [counter, begin] of recorder.begins) counter.returnTo(begin);
  }
}

/**
 * A choice that a function makes by the state of its objects: whether a weight is null, which route a task takes. A
 * recording of the function then depends only on the choice, not on everything that `read` reads.
 *
 * @param name for warnings about repeated recordings
 */
export function setting<T>(name: string, read: () => T): T {
  return current === undefined ? read() : current.observer.note(name, read);
}

/** One of the numbers that a counter gives. */
export interface Count {
  /** The position of the counter at the beginning of the run. */
  readonly begin: () => number;
  /** The distance from that position; the same in each run of a recording. */
  readonly offset: number;
}

/** 0, 1, 2, ... A run of a recorded function continues where the run before it ended, as the function itself would. */
export class Counter {
  #place = 0;

  /** The next number. */
  get position(): number {
    return setting('the position of a counter', () => this.#place);
  }

  set position(next: number) {
    // A recording depends on the position only from here on.
    setting('the position of a counter', () => this.#place);
    this.#noteBegin();
    this.#place = next;
  }

  take(): Count {
    const begin = this.#noteBegin();
    const place = this.#place++;
    return begin === undefined
      ? { begin: () => place, offset: 0 }
      : { begin: () => this.#place, offset: place - begin };
  }

  /** Returns a function that restores the present position. */
  capture(): () => void {
    const recorder = current;
    this.#noteBegin();
    const place = this.#place;
    return () => {
      // Within one recording, a captured position is always equally far from the beginning.
      if (current === recorder) this.#place = place;
      else this.position = place;
    };
  }

  /** The numbers taken since the counter was at `begin`. */
  since(begin: number): number {
    return this.#place - begin;
  }

  returnTo(place: number): void {
    this.#place = place;
  }

  advance(by: number): void {
    this.#place += by;
  }

  #noteBegin(): number | undefined {
    if (current === undefined) return undefined;
    const known = current.begins.get(this) ?? this.#place;
    current.begins.set(this, known);
    return known;
  }
}
