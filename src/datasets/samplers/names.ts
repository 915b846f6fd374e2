/** The names of the samplers in the reference, in a file that loads no sampler. */
export const BATCH_SAMPLER_NAMES = [
  'batch_sampler',
  'no_duplicates',
  'no_duplicates_hashed',
  'group_by_label',
] as const;
export type BatchSamplerName = (typeof BATCH_SAMPLER_NAMES)[number];

export const MULTI_DATASET_BATCH_SAMPLER_NAMES = ['proportional', 'round_robin'] as const;
export type MultiDatasetBatchSamplerName = (typeof MULTI_DATASET_BATCH_SAMPLER_NAMES)[number];
