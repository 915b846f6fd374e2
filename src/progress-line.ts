let clear: (() => void) | undefined;

/** Says how the line of a progress bar is cleared; undefined: there is none any more. */
export function setProgressLine(next: (() => void) | undefined): void {
  clear = next;
}

/** Writes lines on a terminal on which a progress bar may stand. The bar draws itself anew below them. */
export function aboveProgress(write: () => void): void {
  clear?.();
  write();
}
