import { type MakeBatchSampler, randomBatches } from './batch-sampler.js';
import { groupByLabel } from './group-by-label.js';
import { type MakeMultiDatasetSampler, proportional, roundRobin } from './multi-dataset.js';
import type { BatchSamplerName, MultiDatasetBatchSamplerName } from './names.js';
import { noDuplicates, noDuplicatesHashed } from './no-duplicates.js';

export type { BatchSamplerName, MultiDatasetBatchSamplerName } from './names.js';

/** Batch samplers under their names in the reference. */
export const BATCH_SAMPLERS = {
  batch_sampler: randomBatches,
  no_duplicates: noDuplicates,
  no_duplicates_hashed: noDuplicatesHashed,
  group_by_label: groupByLabel,
} as const satisfies Readonly<Record<BatchSamplerName, MakeBatchSampler>>;

/** Samplers for several data sets under their names in the reference. */
export const MULTI_DATASET_BATCH_SAMPLERS = {
  proportional,
  round_robin: roundRobin,
} as const satisfies Readonly<Record<MultiDatasetBatchSamplerName, MakeMultiDatasetSampler>>;
