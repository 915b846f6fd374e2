import { setWarningHandler } from '../warnings.js';

/** Runs `action` and returns what it warned of, which then does not reach the console. */
export function warningsOf(action: () => void): string[] {
  const warnings: string[] = [];
  const previous = setWarningHandler((message) => warnings.push(message));
  try {
    action();
  } finally {
    setWarningHandler(previous);
  }
  return warnings;
}
