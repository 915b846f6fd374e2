interface ProgressLine {
  readonly clear: () => void;
  readonly redraw: () => void;
}

let line: ProgressLine | undefined;

/** Sets the line of a progress bar; undefined if there is no bar. */
export function setProgressLine(next: ProgressLine | undefined): void {
  line = next;
}

/** Writes lines to a terminal that may show a progress bar. The bar is then drawn below them. */
export function aboveProgress(write: () => void): void {
  line?.clear();
  write();
  line?.redraw();
}
