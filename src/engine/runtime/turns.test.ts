import { expect, test } from 'vitest';
import { Turns } from './turns.js';

test('a task begins at once where none is under way, otherwise when the one before it is done', async () => {
  const turns = new Turns();
  const log: string[] = [];
  const task = (name: string) => async () => {
    log.push(`${name} begins`);
    await new Promise((resolve) => setTimeout(resolve, 2));
    log.push(`${name} ends`);
    return name;
  };
  const first = turns.take(task('first'));
  expect(log).toEqual(['first begins']);
  const others = ['second', 'third'].map((name) => turns.take(task(name)));
  expect(await Promise.all([first, ...others])).toEqual(['first', 'second', 'third']);
  expect(log).toEqual(['first', 'second', 'third'].flatMap((name) => [`${name} begins`, `${name} ends`]));
  void turns.take(task('fourth'));
  expect(log.at(-1)).toBe('fourth begins');
});

test('a task that fails does not hold up the next one', async () => {
  const turns = new Turns();
  const failing = turns.take(() => Promise.reject(new Error('no')));
  const next = turns.take(() => Promise.resolve('yes'));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('yes');
});
