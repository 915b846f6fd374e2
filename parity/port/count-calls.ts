import type { Implementation } from '../implementation.js';

/** The methods of a loss that compute; calls of other methods prove nothing. */
const COMPUTES: ReadonlySet<PropertyKey> = new Set(['forward', 'computeLossFromEmbeddings']);

/** A loss or function of a port, and the number of its calls so far. */
export interface Replaced {
  readonly kind: 'loss' | 'function';
  readonly name: string;
  calls: number;
}

/** The same losses and functions, with their calls counted. */
export function countCalls({ losses, functions }: Implementation): {
  counted: Implementation;
  replaced: readonly Replaced[];
} {
  const replaced: Replaced[] = [];
  const each = <T extends object>(
    things: Readonly<Record<string, T>>,
    kind: Replaced['kind'],
    count: (thing: T, onCall: () => void) => T,
  ): Record<string, T> =>
    Object.fromEntries(
      Object.entries(things).map(([name, thing]) => {
        const entry: Replaced = { kind, name, calls: 0 };
        replaced.push(entry);
        return [name, count(thing, () => (entry.calls += 1))];
      }),
    );
  const counted = {
    losses: each(losses, 'loss', countingClass),
    functions: each(functions, 'function', countingFunction),
  };
  return { counted, replaced };
}

function countingFunction<F extends Implementation['functions'][string]>(fn: F, onCall: () => void): F {
  return new Proxy(fn, {
    apply: (target, self, args) => {
      onCall();
      return Reflect.apply(target, self, args) as unknown;
    },
  });
}

function countingClass<C extends Implementation['losses'][string]>(Class: C, onCall: () => void): C {
  return new Proxy(Class, {
    construct: (target, args) => counting(Reflect.construct(target, args) as object, onCall),
  });
}

/** Calls go to the object itself, since private fields need it. Calls that it makes to itself do not count. */
function counting(loss: object, onCall: () => void): object {
  return new Proxy(loss, {
    get: (target, key) => {
      const value: unknown = Reflect.get(target, key, target);
      if (!COMPUTES.has(key) || typeof value !== 'function') return value;
      return (...args: unknown[]) => {
        onCall();
        return Reflect.apply(value, target, args) as unknown;
      };
    },
  });
}
