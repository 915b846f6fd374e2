export type WarningHandler = (message: string) => void;

let handler: WarningHandler = (message) => console.warn(message);

/**
 * Decides where this package's warnings go; the default is `console.warn`.
 * Returns the handler that was in force, so that a caller can put it back.
 */
export function setWarningHandler(next: WarningHandler): WarningHandler {
  const previous = handler;
  handler = next;
  return previous;
}

export function warn(message: string): void {
  handler(message);
}
