import { onTestFinished } from 'vitest';
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

/** What is warned of until the test ends, which does not reach the console. */
export function recordWarnings(): string[] {
  const warnings: string[] = [];
  const previous = setWarningHandler((message) => warnings.push(message));
  onTestFinished(() => void setWarningHandler(previous));
  return warnings;
}
