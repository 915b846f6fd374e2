import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs';
import type { RandomPart } from './ops/mini-batch-loop.js';

export type FeatureValue = Tensor | null | undefined | string | number | boolean | readonly number[];

/**
 * The features of one column of a batch: first token ids, later also what each module adds. The keys are the
 * reference's in camelCase. `B` batch, `L` tokens, `V` vocabulary, `H` latents, `D` dense width.
 */
export interface Features {
  /** int32 [B, L] */
  inputIds?: Tensor;
  /** int32 [B, L]; 1 for a token, 0 for padding */
  attentionMask?: Tensor;
  /** The number of tokens of each text by its mask: see `withTokenCounts`. */
  tokenCounts?: readonly number[];
  /**
   * Place of each token in the batch read row by row, int32 [tokens]: see `withPackedTokens`. With it modules compute
   * nothing for padding, and `predictionStates` are [tokens, D].
   */
  packedTokens?: Tensor;
  /** The texts from the one with the most tokens on, int32 [B]; comes with `packedTokens` */
  packedOrder?: Tensor;
  /** int32 [B, L] */
  tokenTypeIds?: Tensor;
  /** [B, L, D]: hidden states, one per token */
  tokenEmbeddings?: Tensor;
  /** [B, D]: the first token's embedding if a module returns it separately; Pooling uses it in mode `cls` */
  clsTokenEmbeddings?: Tensor;
  /** [B, L, D]: the states of a masked language model; its logits are predictionStates decoderWeight^T + decoderBias */
  predictionStates?: Tensor;
  /** [V, D] */
  decoderWeight?: Tensor;
  /** [V] */
  decoderBias?: Tensor;
  /** [B, V] or [B, H]: the sparse embedding */
  sentenceEmbedding?: Tensor;
  /** [B, D]: the input of a sparse auto-encoder */
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

/** What a loss needs from its model. */
export interface EmbeddingModel {
  /** Adds at least `sentenceEmbedding` to the features of one column. */
  forward(features: Features): Features;
  similarityFnName?: SimilarityName;
  /**
   * The variables that `forward` depends on. CachedSpladeLoss differentiates with respect to them. If a model does not
   * list them, it counts as depending on every trainable variable that tfjs knows.
   */
  trainableVariables?(): Variable[];
  /**
   * For models that draw random numbers (dropout): called before a mini-batch is embedded without gradients. It returns
   * a function that is called before the same mini-batch is embedded again with gradients and must repeat the same
   * draws.
   */
  captureRandomState?(): () => void;
  /**
   * For models whose random numbers are functions of tensors: the draws of `run` depend on the part, so that each part
   * gets different numbers. With this method CachedSpladeLoss can record one mini-batch for all of them. Without it, a
   * model that has `captureRandomState` is recorded mini-batch by mini-batch.
   */
  withRandomPart?<T>(part: RandomPart, run: () => T): T;
}

export type EmbeddingColumns = readonly Tensor2D[];
