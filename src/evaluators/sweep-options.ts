import { countFrom, flag, listOfNumbers, oneOf, type OptionRules } from '../options.js';

export const TRUNCATED = ['both', 'queries', 'documents'] as const;

export interface SweepOptions {
  /** Limits of active dimensions to try. Default: 8, 16, 32, 64, 128, 256. */
  readonly maxActiveDims?: readonly number[];
  /** Ratios of the largest weight to try, see `keepRatio`. Default: 0.05, 0.1, 0.2, 0.4. */
  readonly ratios?: readonly number[];
  /** What is truncated. Default: both. */
  readonly truncate?: (typeof TRUNCATED)[number];
  /** How many documents of a ranking count. Default 10. */
  readonly k?: number;
  /** Texts that go through the model together. Default 32. */
  readonly batchSize?: number;
  readonly showProgressBar?: boolean;
}

export const SWEEP_RULES: OptionRules<Required<SweepOptions>> = {
  maxActiveDims: listOfNumbers(
    'whole numbers of at least 1',
    (each) => Number.isSafeInteger(each) && each >= 1,
    [8, 16, 32, 64, 128, 256],
  ),
  ratios: listOfNumbers('numbers above 0 and below 1', (each) => each > 0 && each < 1, [0.05, 0.1, 0.2, 0.4]),
  truncate: oneOf(TRUNCATED, 'both'),
  k: countFrom(1, 10),
  batchSize: countFrom(1, 32),
  showProgressBar: flag(false),
};
