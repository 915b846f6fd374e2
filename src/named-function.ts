type AnyFunction = (...args: never[]) => unknown;

const names = new WeakMap<AnyFunction, string>();

/** Gives a function the name under which the reference lists it in a loss's configuration. */
export function named<F extends AnyFunction>(name: string, fn: F): F {
  names.set(fn, name);
  return fn;
}

/** The reference's name for a built-in function; for a user's own function, its JavaScript name. */
export function configName(fn: AnyFunction): string {
  return names.get(fn) ?? (fn.name || 'anonymous');
}
