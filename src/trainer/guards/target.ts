import { isObject } from '../../arguments.js';
import type { OptionRule } from '../../options.js';

/** The target for the mean number of active dimensions. */
export interface TargetActiveDims {
  readonly query?: number;
  readonly document?: number;
}

export const aTarget: OptionRule<TargetActiveDims> = {
  expects: 'an object { query, document } of numbers of active dimensions above 0, with at least one of them',
  accepts: (value) =>
    isObject(value) &&
    Object.keys(value).length > 0 &&
    Object.entries(value).every(
      ([side, dims]) =>
        (side === 'query' || side === 'document') && typeof dims === 'number' && dims > 0 && dims < Infinity,
    ),
  written: 'json',
};
