interface ProgressLine {
  readonly clear: () => void;
  readonly redraw: () => void;
}

let line: ProgressLine | undefined;

/** Sets the progress line that output has to make room for, or undefined if no bar is shown. */
export function setProgressLine(next: ProgressLine | undefined): void {
  line = next;
}

/** Writes lines to a terminal that may show a progress bar. The bar is then drawn below them. */
export function aboveProgress(write: () => void): void {
  line?.clear();
  write();
  line?.redraw();
}
