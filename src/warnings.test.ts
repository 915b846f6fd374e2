import { afterEach, describe, expect, it, vi } from 'vitest';
import { setWarningHandler, warn } from './warnings.js';

afterEach(() => vi.restoreAllMocks());

describe('setWarningHandler', () => {
  it('sets the handler, and returns the previous one', () => {
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

  it('tells each handler of a subject once, and not again when it is restored', () => {
    const first: string[] = [];
    const second: string[] = [];
    const original = setWarningHandler((message) => first.push(message));
    for (const number of [1, 2]) {
      warn('same');
      warn(`${number} of 5 numbers`, 'numbers');
    }
    const previous = setWarningHandler((message) => second.push(message));
    warn('same');
    setWarningHandler(previous);
    warn('same');
    setWarningHandler(original);
    expect({ first, second }).toEqual({ first: ['same', '1 of 5 numbers'], second: ['same'] });
  });

  it('leaves warnings to console.warn by default', () => {
    const consoleWarn = vi.spyOn(console, 'warn').mockReturnValue();
    warn('to the console');
    expect(consoleWarn.mock.calls).toEqual([['to the console']]);
  });
});
