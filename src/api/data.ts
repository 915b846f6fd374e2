/** Training data: data sets of rows, and how losses use them. */
export {
  type CollatedBatch,
  collate,
  type CollateOptions,
  type TextPreprocessor,
} from '../datasets/collate.js';
export type { RouterMapping, TrainingPrompts } from '../datasets/column-settings.js';
export {
  arrayDataset,
  type Dataset,
  type IterableDataset,
  type PlacedRow,
  type Row,
} from '../datasets/dataset.js';
export type { LabelBatch, LabelShape } from '../datasets/labels.js';
export type { BatchSettings, TrainingBatch } from '../datasets/training-batch.js';
export { LABEL_NAMES, type TrainingColumns, trainingColumns } from '../datasets/training-columns.js';
export type {
  BatchSampler,
  Indices,
  MakeBatchSampler,
  SamplerSettings,
} from '../datasets/samplers/batch-sampler.js';
export {
  BATCH_SAMPLERS,
  type BatchSamplerName,
  MULTI_DATASET_BATCH_SAMPLERS,
  type MultiDatasetBatchSamplerName,
} from '../datasets/samplers/catalog.js';
export type { DatasetBatch, MultiDatasetSampler } from '../datasets/samplers/multi-dataset.js';
export { type Permutations, type Permute, seededPermutations } from '../datasets/samplers/permutations.js';
export type { SkippedRows } from '../datasets/check-rows.js';
export type { OnError } from '../datasets/on-error.js';
export { checkRouterMapping, type RoutedModel } from '../datasets/check-router-mapping.js';
export { collatedBatches, type CollatedBatchesOptions } from '../datasets/collated-batches.js';
export { DATASET_FORMATS, type DatasetFormat } from '../datasets/files/dataset-format.js';
export { readDataset, type ReadDatasetOptions } from '../datasets/files/read-dataset.js';
export { streamFile, type StreamedFormat, type StreamFileOptions } from '../datasets/files/stream-file.js';
export { checkLossFits, type LossData, lossesForData } from '../datasets/fitting-losses.js';
export type { Lookup } from '../datasets/id-lookup.js';
export { resolveIds, type ResolveIdsOptions } from '../datasets/resolve-ids.js';
export type { ShuffleBuffer } from '../datasets/shuffle-buffer.js';
export { streamDataset } from '../datasets/stream.js';
export { openTrainingData, type TrainingSource } from '../datasets/training-data.js';
export type { DatasetFacts, TrainingData, TrainingDataOptions } from '../datasets/training-data-options.js';
export { scoresFrom, type ScoreColumns } from '../mining/cross-scores.js';
export { mineHardNegatives } from '../mining/mine-hard-negatives.js';
export type { MiningModel } from '../mining/mining.js';
export type { MinedFormat, MiningOptions, ScoreDocuments } from '../mining/options.js';
export type { MiningReport } from '../mining/report.js';
export { convertDataset } from '../mining/convert/convert-dataset.js';
export type { ConvertOptions, SourceFormat, TargetFormat } from '../mining/convert/options.js';
export type { ConvertCounts } from '../mining/convert/write-examples.js';
