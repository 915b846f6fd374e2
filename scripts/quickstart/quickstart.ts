import { join } from 'node:path';
import type { TrainableLoss } from '../../src/api/trainer.js';
import type { RouterMapping } from '../../src/datasets/column-settings.js';
import { arrayDataset, type Row } from '../../src/datasets/dataset.js';
import type { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { meanNdcg } from '../../src/evaluation/ndcg.js';
import { type RetrievalTask, textsById } from '../../src/evaluation/retrieval-task.js';
import { SparseInformationRetrievalEvaluator } from '../../src/evaluators/retrieval/information-retrieval-evaluator.js';
import { SparseMultipleNegativesRankingLoss } from '../../src/losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../src/losses/splade-loss.js';
import { packageRoot } from '../../src/package-root.js';
import type { TrainerCallback } from '../../src/trainer/callbacks.js';
import { SparseEncoderTrainer } from '../../src/trainer/trainer.js';
import type { ModelData } from '../models/data.js';
import { bm25Rankings } from './bm25.js';

/** The small English backbone that `npm run make-models -- --backbone` makes. */
export const BACKBONE = join(packageRoot(), 'fixtures', 'quickstart');

export interface Recipe {
  readonly steps: number;
  readonly batch: number;
  readonly learningRate: number;
}

/** For the small backbone, whose layers are fresh, and for a model that has learned its language. */
export const RECIPES = {
  backbone: { steps: 700, batch: 64, learningRate: 2e-3 },
  model: { steps: 200, batch: 24, learningRate: 1e-4 },
} as const satisfies Record<string, Recipe>;

const K = 10;
const WHOLE_TEXT = 512;
/** Most texts are shorter. */
const TRAINING_LENGTH = 32;
const FLOPS_WEIGHT = 0.01;

export interface Quality {
  readonly ndcg10: number;
  /** Expected multiplications for a query and a document. */
  readonly flops: number;
  /** Means of active terms. */
  readonly queryTerms: number;
  readonly documentTerms: number;
}

/** The queries of the data, none of which is in its pairs, over definitions, which are not there either. */
export function taskOf({ queries, corpus, qrels }: ModelData): RetrievalTask {
  const places = new Map(corpus.map(({ id }, place) => [id, place]));
  const relevant = new Map(queries.map(({ id }) => [id, new Set<number>()]));
  for (const { query_id: query, corpus_id: document } of qrels) {
    relevant.get(query)?.add(places.get(document) ?? -1);
  }
  return {
    queries: queries.map(({ text }) => text),
    documents: corpus.map(({ text }) => text),
    relevant: [...relevant.values()],
  };
}

/** nDCG@10 of BM25 over the tokens that the model has, too: with its parts of words it is better than with whole words. */
export async function bm25Ndcg(
  model: SparseEncoder,
  { queries, documents, relevant }: RetrievalTask,
): Promise<number> {
  const termsOf = async (texts: readonly string[]): Promise<(readonly number[])[]> => {
    const options = { maxLength: WHOLE_TEXT, addSpecialTokens: false };
    return (await model.tokenizer.encodeBatch(texts, options)).map(({ ids }) => ids);
  };
  return meanNdcg(bm25Rankings(await termsOf(queries), await termsOf(documents), K), relevant, K);
}

export async function qualityOf(model: SparseEncoder, task: RetrievalTask): Promise<Quality> {
  const evaluator = new SparseInformationRetrievalEvaluator({ ...textsById(task), ndcgAtK: [K] });
  const metrics = await evaluator.evaluate(model);
  return {
    ndcg10: metrics[`dot_ndcg@${K}`] ?? Number.NaN,
    flops: metrics['avg_flops'] ?? Number.NaN,
    queryTerms: metrics['query_active_dims'] ?? Number.NaN,
    documentTerms: metrics['corpus_active_dims'] ?? Number.NaN,
  };
}

/**
 * Trains a model in place: a word and its definition are a pair, the other definitions of its batch the negatives, besides
 * those in further columns.
 */
export async function trainOn(
  model: SparseEncoder,
  pairs: readonly Row[],
  { steps, batch, learningRate }: Recipe,
  follow: TrainerCallback | readonly TrainerCallback[],
  lossOf: (model: SparseEncoder) => TrainableLoss = rankingLoss,
  routerMapping: RouterMapping | null = null,
): Promise<void> {
  const length = model.maxSeqLength;
  model.maxSeqLength = TRAINING_LENGTH;
  const trainer = new SparseEncoderTrainer({
    model,
    args: {
      maxSteps: steps,
      perDeviceTrainBatchSize: batch,
      learningRate,
      warmupSteps: 0.1,
      batchSampler: 'no_duplicates',
      loggingSteps: Math.max(1, Math.ceil(steps / 10)),
      saveStrategy: 'no',
      outputDir: null,
      routerMapping,
    },
    trainDataset: arrayDataset(pairs),
    loss: lossOf(model),
    callbacks: [follow].flat(),
  });
  await trainer.train();
  if (length !== undefined) model.maxSeqLength = length;
}

const rankingLoss = (model: SparseEncoder): SpladeLoss =>
  new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: FLOPS_WEIGHT,
    queryRegularizerWeight: FLOPS_WEIGHT,
  });
