import { expect, it } from 'vitest';
import { newestOnly } from './newest-only.js';

/** A run that lasts until it is told to end, and the inputs that were run. */
function controlled() {
  const inputs: string[] = [];
  const ends: (() => void)[] = [];
  const encode = newestOnly(async (input: string) => {
    inputs.push(input);
    await new Promise<void>((resolve) => ends.push(resolve));
    if (input === 'bad') throw new Error('a bad input');
    return input.toUpperCase();
  });
  const endNext = async (): Promise<void> => {
    await new Promise(setImmediate);
    ends.shift()?.();
  };
  return { inputs, encode, endNext };
}

it('gives the result of a call that nothing follows', async () => {
  const { encode, endNext } = controlled();
  const result = encode('a');
  await endNext();
  expect(await result).toBe('A');
});

it('runs, of the calls during a run, only the newest, and gives nothing for the others', async () => {
  const { inputs, encode, endNext } = controlled();
  const results = [encode('a')];
  await new Promise(setImmediate);
  results.push(encode('b'), encode('c'));
  await endNext();
  await endNext();
  expect(await Promise.all(results)).toEqual([undefined, undefined, 'C']);
  expect(inputs).toEqual(['a', 'c']);
});

it('gives nothing for a run that fails when nobody waits for it any more', async () => {
  const { encode, endNext } = controlled();
  const stale = encode('bad');
  await new Promise(setImmediate);
  const result = encode('a');
  await endNext();
  await endNext();
  expect(await Promise.all([stale, result])).toEqual([undefined, 'A']);
});

it('goes on after a run that failed', async () => {
  const { encode, endNext } = controlled();
  const failed = encode('bad').catch((error: unknown) => error);
  await endNext();
  expect(await failed).toEqual(new Error('a bad input'));
  const result = encode('a');
  await endNext();
  expect(await result).toBe('A');
});
