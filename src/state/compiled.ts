let depth = 0;

/** Runs a function that was given to `compile`, on whichever engine. */
export function asCompiled<T>(run: () => T): T {
  depth++;
  try {
    return run();
  } finally {
    depth--;
  }
}

/** Whether what runs is part of a function that was given to `compile`. */
export function isCompiled(): boolean {
  return depth > 0;
}
