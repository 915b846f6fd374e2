import { onTestFinished } from 'vitest';
import { setWarningHandler } from '../warnings.js';

/** Runs `action` and returns its warnings, which do not reach the console. */
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

/** Records the warnings until the test ends. They do not reach the console. */
export function recordWarnings(): string[] {
  const warnings: string[] = [];
  const previous = setWarningHandler((message) => warnings.push(message));
  onTestFinished(() => void setWarningHandler(previous));
  return warnings;
}
