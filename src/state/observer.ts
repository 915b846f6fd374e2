import { isTensor } from '../is-tensor.js';

/** Something that a function read while it was recorded. */
export interface StateRead {
  /** `SpladeLoss.useDocumentRegularizerOnly` */
  readonly name: string;
  /** Whether reading it again gives the same result. */
  readonly isUnchanged: () => boolean;
}

/** Larger collections are not observed. */
const MAX_ELEMENTS = 2 ** 16;

/**
 * Notes which fields of some objects are read, and their values. While it observes an object, the object's own fields
 * are accessors. A field that holds another object, an array, a Map or a Set is observed as well once it is read.
 * Private fields (`#name`) and closed-over variables cannot be observed.
 */
export class Observer {
  readonly reads: StateRead[] = [];
  readonly #seen = new Set<unknown>();
  readonly #restores: (() => void)[] = [];
  #isPaused = false;

  /** @param path the prefix of field names; for an instance of a class it is the name of the class */
  observe(target: unknown, path = 'object'): void {
    if (typeof target !== 'object' || target === null || isTensor(target) || this.#seen.has(target)) return;
    this.#seen.add(target);
    if (isCollection(target)) {
      this.#observeElements(target, path);
      return;
    }
    const owner = nameOf(target, path);
    for (const [key, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(target))) {
      if ('value' in descriptor) this.#observeField(target, key, descriptor, `${owner}.${key}`);
    }
  }

  /** Notes a value derived from fields. The fields may then change as long as the value does not. */
  note<T>(name: string, read: () => T): T {
    const value = this.#unobserved(read);
    this.reads.push({ name, isUnchanged: () => Object.is(read(), value) });
    return value;
  }

  /** Restores the fields of all objects. */
  stop(): void {
    for (const restore of this.#restores.splice(0)) restore();
  }

  #unobserved<T>(read: () => T): T {
    const before = this.#isPaused;
    this.#isPaused = true;
    try {
      return read();
    } finally {
      this.#isPaused = before;
    }
  }

  #observeField(target: object, key: string, descriptor: PropertyDescriptor, name: string): void {
    const field = target as Record<string, unknown>;
    let value: unknown = descriptor.value;
    const noteRead = (): void => {
      const held = value;
      this.reads.push({ name, isUnchanged: () => Object.is(field[key], held) });
      this.observe(held, name);
    };
    if (!descriptor.configurable) {
      // It cannot become an accessor, so it counts as read.
      noteRead();
      return;
    }
    // A value that the function wrote itself says nothing about the state before it ran.
    let isNoted = false;
    const accessor = {
      configurable: true,
      enumerable: descriptor.enumerable ?? false,
      get: (): unknown => {
        if (!isNoted && !this.#isPaused) {
          isNoted = true;
          noteRead();
        }
        return value;
      },
      ...(descriptor.writable && {
        set: (next: unknown): void => {
          isNoted = true;
          value = next;
        },
      }),
    };
    Object.defineProperty(target, key, accessor);
    this.#restores.push(() => {
      if (Object.getOwnPropertyDescriptor(target, key)?.get !== accessor.get) return;
      Object.defineProperty(target, key, { ...descriptor, value });
    });
  }

  #observeElements(collection: Collection, name: string): void {
    const elements = elementsOf(collection);
    if (elements === undefined) return;
    this.reads.push({
      name,
      isUnchanged: () => {
        const now = elementsOf(collection);
        return (
          now?.length === elements.length && elements.every((each, index) => Object.is(each, now[index]))
        );
      },
    });
    for (const each of elements) this.observe(each, `${name}[]`);
  }
}

type Collection = readonly unknown[] | ReadonlyMap<unknown, unknown> | ReadonlySet<unknown> | NumericArray;
type NumericArray = Float32Array | Float64Array | Int32Array | Uint32Array | Uint8Array;

function isCollection(value: object): value is Collection {
  return Array.isArray(value) || value instanceof Map || value instanceof Set || ArrayBuffer.isView(value);
}

function elementsOf(collection: Collection): unknown[] | undefined {
  if (collection instanceof Map || collection instanceof Set) {
    return collection.size > MAX_ELEMENTS ? undefined : [...collection].flat();
  }
  const { length } = collection as readonly unknown[];
  return length > MAX_ELEMENTS ? undefined : [...(collection as readonly unknown[])];
}

function nameOf({ constructor }: object, path: string): string {
  return typeof constructor === 'function' && constructor !== Object ? constructor.name : path;
}
