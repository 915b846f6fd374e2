import { checkArguments, iterable } from '../arguments.js';
import { countFrom, flag, type OptionRules, resolveOptions } from '../options.js';
import { ahead } from './ahead.js';
import {
  type CollatedBatch,
  collateBatch,
  ENCODER,
  type FeatureOptions,
  type TextPreprocessor,
} from './collate.js';
import type { TrainingBatch } from './training-batch.js';

export interface CollatedBatchesOptions extends FeatureOptions {
  /** How many batches are tokenized ahead. Default 2. */
  readonly prefetch?: number;
}

const RULES: OptionRules<Required<CollatedBatchesOptions>> = {
  prefetch: countFrom(0, 2),
  packed: flag(false),
};

/**
 * Makes batches for a loss. The next batches are read and tokenized while the caller computes, because the tokenizer has its
 * own threads. The caller disposes each batch. Batches that were prefetched but not taken are disposed here.
 *
 *     for await (const batch of collatedBatches(encoder, data.batches(epoch))) {
 *       await step(batch.features, batch.labels);
 *       batch.dispose();
 *     }
 *
 * @throws what reading or tokenizing the data throws, after the batches before
 */
export function collatedBatches(
  encoder: TextPreprocessor,
  batches: AsyncIterable<TrainingBatch>,
  options: CollatedBatchesOptions = {},
): AsyncGenerator<CollatedBatch> {
  const { prefetch, packed } = resolveOptions('collatedBatches', RULES, options);
  checkArguments(
    'collatedBatches',
    { encoder: ENCODER, batches: iterable('batches, such as data.batches(0)') },
    { encoder, batches },
  );
  return ahead(collateEach(encoder, batches, { packed }), prefetch, (batch) => batch.dispose());
}

async function* collateEach(
  encoder: TextPreprocessor,
  batches: AsyncIterable<TrainingBatch>,
  options: FeatureOptions,
): AsyncGenerator<CollatedBatch> {
  for await (const batch of batches) yield await collateBatch(encoder, batch, options);
}
