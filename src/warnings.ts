import { aCall, checkArguments } from './arguments.js';
import { readable } from './printable.js';
import { aboveProgress } from './progress-line.js';

export type WarningHandler = (message: string) => void;

let handler: WarningHandler = (message) => aboveProgress(() => console.warn(message));
/** The subjects that each handler has received. */
const told = new WeakMap<WarningHandler, Set<string>>();

/**
 * Sets the handler for this package's warnings; the default is `console.warn`. A handler receives each subject once.
 * Returns the previous handler, so that a caller can restore it.
 */
export function setWarningHandler(next: WarningHandler): WarningHandler {
  checkArguments('setWarningHandler', { next: aCall }, { next });
  const previous = handler;
  handler = next;
  return previous;
}

/**
 * @param subject a handler receives each subject once. Default: the message, which then must not contain changing
 *   numbers
 */
export function warn(message: string, subject = message): void {
  const before = told.get(handler) ?? new Set();
  if (before.has(subject)) return;
  told.set(handler, before.add(subject));
  handler(readable(message));
}
