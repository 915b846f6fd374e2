import { Command, CommanderError } from 'commander';
import { describe, expect, test } from 'vitest';
import { countFrom, flag as aFlag, nullable, numberAbove, oneOf, type OptionRule } from '../options.js';
import { addFlags, flag } from './flag.js';

/** The value of the option --n on a command line, or the text of the refusal. */
function read(rule: OptionRule<unknown>, ...args: string[]): unknown {
  const command = new Command().exitOverride().configureOutput({ writeErr: () => undefined });
  command.addOption(flag('--n <n>', '', rule));
  try {
    return command.parse(args, { from: 'user' }).opts()['n'];
  } catch (error) {
    if (error instanceof CommanderError) return error.message;
    throw error;
  }
}

describe('a number of a command line', () => {
  test.each(['1', '7', '1e3', '0x10', ' 5 '])('%j is one', (text) => {
    expect(read(countFrom(1), '--n', text)).toBe(Number(text));
  });

  test.each(['', ' ', '0', '1.5', 'x', 'Infinity', '9007199254740993'])('%j is refused', (text) => {
    expect(read(nullable(countFrom(1)), '--n', text)).toBe(
      `error: option '--n <n>' argument '${text}' is invalid. Expected a whole number of at least 1.`,
    );
  });

  test('may have a fraction where the rule takes one', () => {
    expect(read(numberAbove(0), '--n', '0.5')).toBe(0.5);
    expect(read(numberAbove(0), '--n', '')).toMatch(/Expected a finite number above 0\.$/);
    expect(read(numberAbove(0), '--n', '0')).toMatch(/Expected a finite number above 0\.$/);
  });

  test('is the default of the rule where it is not given', () => {
    expect(read(countFrom(1, 32))).toBe(32);
    expect(read(nullable(countFrom(1)))).toBeUndefined();
  });
});

test('options of the library have their names, forms, choices and defaults from its rules', () => {
  const rules = {
    maxActiveDims: nullable(countFrom(1)),
    format: oneOf(['a', 'b'], 'a'),
    normalize: aFlag(false),
  };
  const command = addFlags(new Command(), rules, { maxActiveDims: 'm', format: 'f', normalize: 'n' });
  expect(command.options.map(({ flags }) => flags)).toEqual([
    '--max-active-dims <n>',
    '--format <name>',
    '--normalize',
  ]);
  expect(command.options.map(({ argChoices }) => argChoices)).toEqual([undefined, ['a', 'b'], undefined]);
  expect(command.opts()).toEqual({ format: 'a', normalize: false });
});
