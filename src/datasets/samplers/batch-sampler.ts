import type { Dataset } from '../dataset.js';
import type { Permutations } from './permutations.js';

/** Indices of the rows of a batch. */
export type Indices = readonly number[];

/** Decides which rows of a data set make a batch, and in what order. */
export interface BatchSampler {
  /**
   * How many batches an epoch has. `no_duplicates` may give more where it keeps incomplete ones, and fewer where a data set
   * has too few different texts.
   */
  readonly length: number;
  /** The batches of an epoch, from 0; the same ones at every call. */
  batches(epoch: number): Iterable<Indices>;
}

export interface SamplerSettings {
  readonly batchSize: number;
  /** Whether a last batch of fewer rows is left out. */
  readonly dropLast: boolean;
  /** What is random comes from here. */
  readonly permutations: Permutations;
}

/** Makes the sampler of a data set, and may read its rows for it. */
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
