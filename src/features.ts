import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { RandomPart } from './ops/mini-batch-loop.js';

export type FeatureValue = Tensor | null | undefined | string | number | boolean | readonly number[];

/**
 * What travels through an encoder: one column of a batch, first as token ids, later with what each module adds.
 * The keys are those of the reference in camelCase. `B` batch, `L` tokens, `V` vocabulary, `H` latents, `D` dense width.
 */
export interface Features {
  /** int32 [B, L] */
  inputIds?: Tensor;
  /** int32 [B, L]; 1 = a token, 0 = padding */
  attentionMask?: Tensor;
  /** How many tokens each text has by its mask: see `withTokenCounts`. */
  tokenCounts?: readonly number[];
  /** int32 [B, L] */
  tokenTypeIds?: Tensor;
  /** [B, L, D]: hidden states, one a token */
  tokenEmbeddings?: Tensor;
  /** [B, D]: the first token's embedding where a module gives it by itself; Pooling takes it in mode `cls` */
  clsTokenEmbeddings?: Tensor;
  /** [B, L, D]: of a masked language model, what its logits predictionStates decoderWeight^T + decoderBias are made of */
  predictionStates?: Tensor;
  /** [V, D] */
  decoderWeight?: Tensor;
  /** [V] */
  decoderBias?: Tensor;
  /** [B, V] or [B, H]: the sparse embedding */
  sentenceEmbedding?: Tensor;
  /** [B, D]: what a sparse auto-encoder was given */
  sentenceEmbeddingBackbone?: Tensor;
  /** [B, H]: its latents before top-k */
  sentenceEmbeddingEncoded?: Tensor;
  /** [B, H]: the 4k largest latents */
  sentenceEmbeddingEncoded4k?: Tensor;
  /** [B, H]: the largest dead latents; null without an auxiliary loss */
  auxiliaryEmbedding?: Tensor | null;
  /** [B, D]: reconstruction from the k largest latents */
  decodedEmbeddingK?: Tensor;
  /** [B, D]: reconstruction from the 4k largest latents */
  decodedEmbedding4k?: Tensor;
  /** [B, D]: reconstruction from the dead latents; null without an auxiliary loss */
  decodedEmbeddingAux?: Tensor | null;
  /** [B, D]: decodedEmbeddingK without the pre-bias */
  decodedEmbeddingKPreBias?: Tensor;
  [name: string]: FeatureValue;
}

export const SIMILARITY_NAMES = ['cosine', 'dot', 'euclidean', 'manhattan'] as const;
export type SimilarityName = (typeof SIMILARITY_NAMES)[number];

/** All that a loss asks of its model. */
export interface EmbeddingModel {
  /** Adds at least `sentenceEmbedding` to the features of one column. */
  forward(features: Features): Features;
  similarityFnName?: SimilarityName;
  /**
   * The variables that `forward` depends on. CachedSpladeLoss differentiates with respect to them; a model that does
   * not list them is taken to depend on every trainable variable that tfjs knows.
   */
  trainableVariables?(): Variable[];
  /**
   * For models that draw random numbers (dropout): called before a mini-batch is embedded without gradients; what it
   * returns is called before the same mini-batch is embedded again with gradients, and must bring the same draws back.
   */
  captureRandomState?(): () => void;
  /**
   * For models whose random numbers are functions of tensors: what `run` draws depends on the part, other numbers for each.
   * With it CachedSpladeLoss can record one mini-batch for all of them; without it a model that has
   * `captureRandomState` is recorded mini-batch by mini-batch.
   */
  withRandomPart?<T>(part: RandomPart, run: () => T): T;
}

export type EmbeddingColumns = readonly Tensor2D[];
