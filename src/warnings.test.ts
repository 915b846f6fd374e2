import { afterEach, describe, expect, it, vi } from 'vitest';
import { setWarningHandler, warn } from './warnings.js';

afterEach(() => vi.restoreAllMocks());

describe('setWarningHandler', () => {
  it('decides where warnings go, and returns the handler that was in force', () => {
    const first: string[] = [];
    const second: string[] = [];
    const original = setWarningHandler((message) => first.push(message));
    warn('one');
    const previous = setWarningHandler((message) => second.push(message));
    warn('two');
    setWarningHandler(previous);
    warn('three');
    setWarningHandler(original);
    expect({ first, second }).toEqual({ first: ['one', 'three'], second: ['two'] });
  });

  it('leaves warnings to console.warn by default', () => {
    const consoleWarn = vi.spyOn(console, 'warn').mockReturnValue();
    warn('to the console');
    expect(consoleWarn.mock.calls).toEqual([['to the console']]);
  });
});
