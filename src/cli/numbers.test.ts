import { InvalidArgumentError } from 'commander';
import { describe, expect, test } from 'vitest';
import { positiveNumber, wholeNumber } from './numbers.js';

describe('a whole number', () => {
  test('is read from its lowest to below its bound', () => {
    expect(['0', '7', '1e3', '9007199254740991'].map(wholeNumber(0))).toEqual([0, 7, 1000, 2 ** 53 - 1]);
    expect(['1', '2147483647'].map(wholeNumber(1, 2 ** 31))).toEqual([1, 2 ** 31 - 1]);
  });

  test.each(['', ' ', '-1', '0.5', 'seven', 'Infinity', 'NaN', '9007199254740992'])('is not "%s"', (text) => {
    expect(() => wholeNumber(0)(text)).toThrow(
      new InvalidArgumentError('expected a whole number of at least 0.'),
    );
  });

  test.each(['0', '2147483648'])('with bounds is not %s either', (text) => {
    expect(() => wholeNumber(1, 2 ** 31)(text)).toThrow(
      new InvalidArgumentError('expected a whole number above 0 and below 2147483648.'),
    );
  });
});

describe('a positive number', () => {
  test('is any finite one above 0', () => {
    expect(['0.5', '3', '1e-3'].map(positiveNumber)).toEqual([0.5, 3, 0.001]);
  });

  test.each(['', '0', '-1', 'Infinity', 'NaN', 'three'])('is not "%s"', (text) => {
    expect(() => positiveNumber(text)).toThrow(new InvalidArgumentError('expected a number above 0.'));
  });
});
