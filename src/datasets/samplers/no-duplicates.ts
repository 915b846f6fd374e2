import { warn } from '../../warnings.js';
import type { Dataset } from '../dataset.js';
import { eachRow } from '../each-row.js';
import { LABEL_NAMES } from '../training-columns.js';
import {
  batchCount,
  type BatchSampler,
  type MakeBatchSampler,
  type SamplerSettings,
} from './batch-sampler.js';
import { hash53 } from './hash53.js';
import type { Permute } from './permutations.js';

/** How often to shuffle the rows again if a pass gives too few batches. */
const MORE_PASSES = 2;

/** A number for each value of each row, with equal numbers for equal values. It is the same for every epoch. */
interface Values {
  readonly columns: number;
  readonly numbers: Float64Array;
}

/**
 * Batches in which no value occurs in two rows, in any columns; label columns are not compared. A row that shares a value with
 * its batch waits for a later one. Texts are compared directly: all different texts are in memory while the sampler is made,
 * and 8 bytes for each value afterwards.
 */
export const noDuplicates: MakeBatchSampler = async (dataset, settings) => {
  const known = new Map<string, number>();
  const numberOf = (text: string): number => {
    const number = known.get(text) ?? known.size;
    known.set(text, number);
    return number;
  };
  return samplerOf(dataset, settings, await valuesOf(dataset, numberOf));
};

/**
 * The same, but values are compared by a 53-bit hash, so that the texts are never held: 8 bytes for each value. Two different
 * texts with the same hash count as equal. About one such pair is expected among a hundred million texts.
 */
export const noDuplicatesHashed: MakeBatchSampler = async (dataset, settings) =>
  samplerOf(dataset, settings, await valuesOf(dataset, hash53));

async function valuesOf(dataset: Dataset, numberOf: (text: string) => number): Promise<Values> {
  const columns = dataset.columns.filter((name) => !(LABEL_NAMES as readonly string[]).includes(name));
  const numbers = new Float64Array(dataset.length * columns.length);
  for await (const [index, row] of eachRow(dataset)) {
    for (const [place, column] of columns.entries()) {
      numbers[index * columns.length + place] = numberOf(asText(row[column]));
    }
  }
  return { columns: columns.length, numbers };
}

function asText(value: unknown): string {
  if (typeof value === 'string') return value;
  return typeof value === 'object' && value !== null ? JSON.stringify(value) : String(value);
}

function samplerOf(dataset: Dataset, settings: SamplerSettings, values: Values): BatchSampler {
  const rows = dataset.length;
  const length = batchCount(rows, settings);
  return {
    length,
    *batches(epoch) {
      const permute = settings.permutations(epoch);
      let given = 0;
      // The first pass always runs to its end, and with incomplete batches it may return more than `length`.
      for (const batch of onePass(rows, values, permute, settings)) {
        given++;
        yield batch;
      }
      const first = given;
      // As in the reference, other orders are tried only if the first order gave a batch.
      const passes = first === 0 ? 0 : MORE_PASSES;
      for (let pass = 0; pass < passes && given < length; pass++) {
        for (const batch of onePass(rows, values, permute, settings)) {
          given++;
          yield batch;
          if (given === length) break;
        }
      }
      if (first < length) warnOfTooFew(first, given, length);
    },
  };
}

function warnOfTooFew(first: number, given: number, length: number): void {
  const enough = given === length;
  warn(
    `no_duplicates: the rows make ${first} of ${length} batches without equal values; ` +
      (enough
        ? `the other ${length - first} repeat rows of this epoch.`
        : `repeating rows makes ${given} of them. Lower the batch size, or remove equal rows.`),
    'no_duplicates: too few batches',
  );
}

/** Batches from one random order of the rows. Waiting rows keep their order. */
function* onePass(
  rows: number,
  { columns, numbers }: Values,
  permute: Permute,
  { batchSize, dropLast }: SamplerSettings,
): Generator<number[]> {
  let waiting = permute(rows);
  while (waiting.length > 0) {
    const batch: number[] = [];
    const taken = new Set<number>();
    // Waiting rows are moved to the front of the list.
    let kept = 0;
    let at = 0;
    for (; at < waiting.length && batch.length < batchSize; at++) {
      const row = waiting[at] as number;
      const own = numbers.subarray(row * columns, (row + 1) * columns);
      if (own.some((value) => taken.has(value))) {
        waiting[kept++] = row;
        continue;
      }
      batch.push(row);
      for (const value of own) taken.add(value);
    }
    // Waiting rows come before the rest.
    waiting.copyWithin(at - kept, 0, kept);
    waiting = waiting.subarray(at - kept);
    if (batch.length === batchSize || !dropLast) yield batch;
  }
}
