import type { Dataset } from '../dataset.js';
import type { Permutations } from './permutations.js';

/** The indices of the rows in a batch. */
export type Indices = readonly number[];

/** Decides which rows of a data set make a batch, and in what order. */
export interface BatchSampler {
  /**
   * The number of batches in an epoch. `no_duplicates` may return more if it keeps incomplete batches, and fewer if a data set
   * has too few different texts.
   */
  readonly length: number;
  /** The batches of an epoch, counted from 0. Every call returns the same batches. */
  batches(epoch: number): Iterable<Indices>;
}

export interface SamplerSettings {
  readonly batchSize: number;
  /** Whether to leave out a last batch with fewer rows. */
  readonly dropLast: boolean;
  /** The source of all randomness. */
  readonly permutations: Permutations;
}

/** Makes the sampler of a data set. It may read the rows. */
export type MakeBatchSampler = (
  dataset: Dataset,
  settings: SamplerSettings,
) => BatchSampler | Promise<BatchSampler>;

export function batchCount(rows: number, { batchSize, dropLast }: SamplerSettings): number {
  return dropLast ? Math.floor(rows / batchSize) : Math.ceil(rows / batchSize);
}

/** Batches of all rows in random order. */
export const randomBatches: MakeBatchSampler = (dataset, settings) => {
  const { batchSize, permutations } = settings;
  const length = batchCount(dataset.length, settings);
  return {
    length,
    *batches(epoch) {
      const order = permutations(epoch)(dataset.length);
      for (let batch = 0; batch < length; batch++) {
        yield [...order.subarray(batch * batchSize, (batch + 1) * batchSize)];
      }
    },
  };
};
