import { anObject, checkArguments } from '../arguments.js';
import { Observer, type StateRead } from './observer.js';

/** What a recorded function reads and moves of the state around it. */
export interface RecordedState {
  /** Where one of them has changed, the recording is not that of the function any more. */
  readonly reads: readonly StateRead[];
  /** How far one run counts each counter on. */
  readonly counts: readonly { readonly counter: Counter; readonly by: number }[];
}

interface Recorder {
  readonly observer: Observer;
  /** Where each counter was at the beginning. */
  readonly begins: Map<Counter, number>;
}

let current: Recorder | undefined;

const STATEFUL = anObject('an object with fields');

/** Weakly: who made an object with settings decides how long it lives. */
const stateful = new Set<WeakRef<object>>();

/**
 * Says that functions which read this object's fields depend on them. `compile` then sees a field that changes, and
 * fields of what the fields hold. Every Loss and every SparseEncoder does this by itself.
 *
 * @throws InputError for what is not an object
 */
export function hasState(object: object): void {
  checkArguments('hasState', { object: STATEFUL }, { object });
  stateful.add(new WeakRef(object));
}

/**
 * Runs a function that is being recorded, and notes what it reads of all objects with state and of `others`. Counters are
 * afterwards where they were.
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
 * recording of the function depends on the choice alone, not on all that `read` looks at.
 *
 * @param name for messages about recordings that are made again and again
 */
export function setting<T>(name: string, read: () => T): T {
  return current === undefined ? read() : current.observer.note(name, read);
}

/** One of the numbers that a counter gives. */
export interface Count {
  /** Where the counter stands at the beginning of the run that this is a part of. */
  readonly begin: () => number;
  /** How far behind that this one lies; the same in each run of a recording. */
  readonly offset: number;
}

/** 0, 1, 2, ...: a run of a recorded function goes on where the run before it ended, as the function itself would. */
export class Counter {
  #place = 0;

  /** What comes next. */
  get position(): number {
    return setting('the position of a counter', () => this.#place);
  }

  set position(next: number) {
    // Only from here does what is recorded begin there.
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

  /** What brings it back to where it is now. */
  capture(): () => void {
    const recorder = current;
    this.#noteBegin();
    const place = this.#place;
    return () => {
      // What was captured in the same recording lies as far from its beginning in every run.
      if (current === recorder) this.#place = place;
      else this.position = place;
    };
  }

  /** Numbers taken since it stood there. */
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
