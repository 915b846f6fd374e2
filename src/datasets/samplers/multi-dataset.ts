import type { BatchSampler, Indices } from './batch-sampler.js';
import type { Permutations } from './permutations.js';

/** A batch of one of several data sets. */
export interface DatasetBatch {
  /** The number of the data set among them. */
  readonly dataset: number;
  readonly indices: Indices;
}

/** Decides which data set the next batch comes from. */
export interface MultiDatasetSampler {
  readonly length: number;
  batches(epoch: number): Iterable<DatasetBatch>;
}

export type MakeMultiDatasetSampler = (
  samplers: readonly BatchSampler[],
  permutations: Permutations,
) => MultiDatasetSampler;

const iteratorsOf = (samplers: readonly BatchSampler[], epoch: number): Iterator<Indices>[] =>
  samplers.map((sampler) => sampler.batches(epoch)[Symbol.iterator]());

/** All batches of all data sets in random order. The chance of a data set follows its number of batches. */
export const proportional: MakeMultiDatasetSampler = (samplers, permutations) => ({
  length: samplers.reduce((sum, { length }) => sum + length, 0),
  *batches(epoch) {
    const turns = samplers.flatMap(({ length }, dataset) => Array.from({ length }, () => dataset));
    const order = permutations(epoch)(turns.length);
    const iterators = iteratorsOf(samplers, epoch);
    for (const turn of order) {
      const dataset = turns[turn] as number;
      const next = iterators[dataset]?.next();
      // A sampler may return fewer batches than its length says.
      if (next?.done === false) yield { dataset, indices: next.value };
    }
  },
});

/** One batch from each data set in turn, until one of them is used up. Only whole rounds are returned. */
export const roundRobin: MakeMultiDatasetSampler = (samplers) => ({
  length: Math.min(...samplers.map(({ length }) => length)) * samplers.length,
  *batches(epoch) {
    const iterators = iteratorsOf(samplers, epoch);
    for (;;) {
      const round: DatasetBatch[] = [];
      for (const [dataset, iterator] of iterators.entries()) {
        const next = iterator.next();
        if (next.done === true) return;
        round.push({ dataset, indices: next.value });
      }
      yield* round;
    }
  },
});
