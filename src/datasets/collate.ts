import type * as tfjs from '@tensorflow/tfjs';
import { type ArgumentRule, checkArguments, isObject, listOf, objectWith } from '../arguments.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { withPackedTokens } from '../modules/packed-features.js';
import { tf } from '../tf.js';
import { canBePacked, lengthGroups, splitColumns } from './common-length.js';
import type { Row } from './dataset.js';
import { type BatchSettings, type TrainingBatch, trainingBatch } from './training-batch.js';
import { trainingColumns } from './training-columns.js';

/** Makes features from texts, as a SparseEncoder does. */
export interface TextPreprocessor {
  preprocess(
    texts: readonly string[],
    options?: { readonly prompt?: string; readonly task?: string },
  ): Promise<Features>;
}

/** A batch in the form of a loss's arguments: `loss.forward(features, labels)`. */
export interface CollatedBatch {
  /** One entry for each column of texts, in order. */
  readonly features: readonly Features[];
  /** float32 [B], [B, n] or [B, n, d] */
  readonly labels: tfjs.Tensor | undefined;
  /** A number for each column. Columns with the same number have texts padded to the same length. */
  readonly lengthGroups: readonly number[];
  /** The batch that the features and labels were made from. */
  readonly batch: TrainingBatch;
  /** Disposes the tensors. */
  dispose(): void;
}

export interface FeatureOptions {
  /**
   * Whether the features list their tokens, so that modules compute nothing for padding. Losses and gradients stay the same up
   * to rounding. It requires that all modules of the model belong to this package, and that the loss uses whole columns, which
   * CachedSpladeLoss does not. Default false.
   */
  readonly packed?: boolean;
}

export interface CollateOptions extends BatchSettings, FeatureOptions {
  /** The columns in order. Default: those of the first row. */
  readonly columns?: readonly string[];
}

export const ENCODER = objectWith(
  ['preprocess'],
  'an encoder, an object with a method preprocess(texts, options)',
);
const ROWS: ArgumentRule = listOf('a list of rows, objects of values by column', isObject);

/**
 * Makes a batch from rows. The label column is the first existing one of label, labels, score and scores. Each other column
 * becomes features, in order, with its prompt and the task of its route. The caller disposes the result.
 *
 *     const batch = await collate(encoder, rows, { prompts: { query: 'query: ' } });
 *     const value = loss.forward(batch.features, batch.labels);
 *     batch.dispose();
 *
 * @throws InputError if a row lacks a text, and if labels are not numbers of one shape
 */
export async function collate(
  encoder: TextPreprocessor,
  rows: readonly Row[],
  { columns, packed = false, ...settings }: CollateOptions = {},
): Promise<CollatedBatch> {
  checkArguments('collate', { encoder: ENCODER, rows: ROWS }, { encoder, rows });
  const taken = trainingColumns(columns ?? Object.keys(rows[0] ?? {}), 'collate');
  return await collateBatch(encoder, trainingBatch(rows, taken, settings), { packed });
}

/** Makes the features, possibly packed, and the labels of a batch. The caller disposes the result. */
export async function collateBatch(
  encoder: TextPreprocessor,
  batch: TrainingBatch,
  { packed = false }: FeatureOptions = {},
): Promise<CollatedBatch> {
  const features: Features[] = [];
  const groups = lengthGroups(batch);
  let labels: tfjs.Tensor | undefined;
  const dispose = (): void => {
    // If a column fails, features of earlier columns may be missing.
    for (const each of features) {
      for (const value of Object.values(each ?? {})) if (isTensor(value)) value.dispose();
    }
    labels?.dispose();
  };
  try {
    for (const group of new Set(groups)) {
      const places = groups.flatMap((each, place) => (each === group ? [place] : []));
      const [first = 0] = places;
      const [prompt, task] = [batch.prompts[first], batch.tasks[first]];
      const texts = places.flatMap((place) => batch.texts[place] ?? []);
      const joined = await encoder.preprocess(texts, {
        ...(prompt !== undefined && { prompt }),
        ...(task !== undefined && { task }),
      });
      const columns = await splitColumns(joined, places.length);
      places.forEach((place, index) => (features[place] = columns[index] as Features));
    }
    if (packed && canBePacked(groups)) {
      for (const [place, each] of features.entries()) features[place] = await withPackedTokens(each);
    }
    if (batch.labels !== undefined) {
      labels = tf.tensor(batch.labels.values, [...batch.labels.shape], 'float32');
    }
  } catch (error) {
    dispose();
    throw error;
  }
  return { features, labels, lengthGroups: groups, batch, dispose };
}
