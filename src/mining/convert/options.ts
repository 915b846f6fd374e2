import { aText, countFrom, nullable, number, oneOf, type OptionRules } from '../../options.js';

export const SOURCES = [
  'pair',
  'triplet',
  'n-tuple',
  'labeled-pair',
  'labeled-list',
  'class-text',
  'class-pair',
] as const;
export type SourceFormat = (typeof SOURCES)[number];

export const TARGETS = [
  'pair',
  'triplet',
  'n-tuple',
  'labeled-pair',
  'labeled-list',
  'margin-triplet',
  'margin-n-tuple',
] as const;
export type TargetFormat = (typeof TARGETS)[number];

export interface ConvertOptions {
  /** What the rows are. The order of the columns of texts counts, not their names. */
  readonly from: SourceFormat;
  readonly to: TargetFormat;
  /**
   * For n-tuples: how many negatives each row gets. Examples with fewer are left out, and further negatives are. Default:
   * all, whose number must then be the same in all rows.
   */
  readonly numNegatives?: number | null;
  /** For labeled pairs without a column label: from which score on a pair is positive. */
  readonly positiveFrom?: number | null;
  /** For pairs with classes: the class of positives, such as entailment. */
  readonly positiveClass?: string | null;
  /** For pairs with classes: the class of negatives, such as contradiction. */
  readonly negativeClass?: string | null;
  /** For texts with classes, whose triplets are random: the seed. Default 42. */
  readonly seed?: number;
}

export const CONVERT_RULES: OptionRules<Required<ConvertOptions>> = {
  from: oneOf(SOURCES),
  to: oneOf(TARGETS),
  numNegatives: nullable(countFrom(1)),
  positiveFrom: nullable(number()),
  positiveClass: nullable({ ...aText, written: 'name' }),
  negativeClass: nullable({ ...aText, written: 'name' }),
  seed: countFrom(0, 42),
};

export const OWNER = 'convertDataset';
