import { InvalidArgumentError } from 'commander';

/**
 * What commander reads the argument of an option with: a whole number of at least `least`, and below `below` where that
 * is given.
 *
 * @throws InvalidArgumentError (by the function that is returned) for any other text
 */
export function wholeNumber(least: number, below?: number): (text: string) => number {
  const lower = least === 1 ? 'above 0' : `of at least ${least}`;
  const upper = below === undefined ? '' : ` and below ${below}`;
  return (text) => {
    const number = numberOf(text);
    if (Number.isSafeInteger(number) && number >= least && number < (below ?? Infinity)) return number;
    throw new InvalidArgumentError(`expected a whole number ${lower}${upper}.`);
  };
}

/** @throws InvalidArgumentError for a text that is not a finite number above 0 */
export function positiveNumber(text: string): number {
  const number = numberOf(text);
  if (number > 0 && Number.isFinite(number)) return number;
  throw new InvalidArgumentError('expected a number above 0.');
}

/** NaN for an empty text too, which JavaScript takes for 0: it comes of a shell variable that is not set. */
const numberOf = (text: string): number => (text.trim() === '' ? Number.NaN : Number(text));
