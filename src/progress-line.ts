let clear: (() => void) | undefined;

/** Sets how to clear the line of a progress bar; undefined if there is no bar. */
export function setProgressLine(next: (() => void) | undefined): void {
  clear = next;
}

/** Writes lines to a terminal that may show a progress bar. The bar then redraws itself below them. */
export function aboveProgress(write: () => void): void {
  clear?.();
  write();
}
