let depth = 0;

/** Runs a function that was passed to `compile`, on any engine. */
export function asCompiled<T>(run: () => T): T {
  depth++;
  try {
    return run();
  } finally {
    depth--;
  }
}

/** Whether the running code is part of a function that was passed to `compile`. */
export function isCompiled(): boolean {
  return depth > 0;
}
