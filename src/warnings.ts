import { aCall, checkArguments } from './arguments.js';
import { readable } from './printable.js';
import { aboveProgress } from './progress-line.js';

export type WarningHandler = (message: string) => void;

let handler: WarningHandler = (message) => aboveProgress(() => console.warn(message));
/** What each handler has been told. */
const told = new WeakMap<WarningHandler, Set<string>>();

/**
 * Decides where this package's warnings go; the default is `console.warn`. A handler is told of each subject once.
 * Returns the handler that was in force, so that a caller can put it back.
 */
export function setWarningHandler(next: WarningHandler): WarningHandler {
  checkArguments('setWarningHandler', { next: aCall }, { next });
  const previous = handler;
  handler = next;
  return previous;
}

/** @param subject of which a handler is told once; default: the message, which then must not hold changing numbers */
export function warn(message: string, subject = message): void {
  const before = told.get(handler) ?? new Set();
  if (before.has(subject)) return;
  told.set(handler, before.add(subject));
  handler(readable(message));
}
