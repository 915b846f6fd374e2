import type * as tf from '@tensorflow/tfjs';
import type { TokenRows } from '../layers/token-rows.js';
import type { Parameters, ParameterSpec } from '../parameters.js';

export type Drop = <T extends tf.Tensor>(x: T, rate: number) => T;

/**
 * Runs one layer of an encoder.
 *
 * @param own the layer's parameters
 * @param inputs what it is given: its hidden states first
 * @param constants what it is given after these, without gradients
 */
export type RunLayer = (
  own: Parameters,
  inputs: readonly tf.Tensor[],
  constants: readonly tf.Tensor[],
  run: (...tensors: tf.Tensor[]) => tf.Tensor2D,
) => tf.Tensor2D;

/** A batch of token ids, the input of an encoder. */
export interface Batch {
  /** int32 [texts, length] */
  readonly inputIds: tf.Tensor2D;
  /** [texts, length]; 1 for a token, 0 for padding */
  readonly attentionMask: tf.Tensor2D;
  /** int32 [texts, length]; undefined means all 0 */
  readonly tokenTypeIds: tf.Tensor2D | undefined;
  /** How hidden states are laid out. */
  readonly rows: TokenRows;
  /** Whether padding has no rows. */
  readonly isPacked: boolean;
  /** Dropout, or the identity if it is off. */
  readonly drop: Drop;
  /** Every layer is run through it, so that its gradient can compute it again instead of keeping what it has computed. */
  readonly layer: RunLayer;
}

/** The part of a masked language model before its logits, by names in the whole model. */
export interface LanguageModelHead {
  /** Parameters before the decoder. */
  readonly transform: readonly ParameterSpec[];
  readonly decoder: Decoder;
  /** From the encoder's hidden states [rows, width] to the decoder's input, [rows, decoder width]. */
  forward(parameters: Parameters, hidden: tf.Tensor2D): tf.Tensor2D;
}

/** The last layer of a masked language model. */
export interface Decoder {
  /** Its weight [vocabulary, decoder width]; if the two are tied, this is the word embeddings. */
  readonly weight: ParameterSpec;
  /** Its bias; undefined if it has none. */
  readonly bias: ParameterSpec | undefined;
  /** The other parameter that is its bias if the two are tied, and unused if they are not. */
  readonly tiedBias: ParameterSpec | undefined;
  /** Whether the config ties them. */
  readonly tied: boolean;
}

/** Which parameters of a masked language model's decoder are shared. */
export interface Ties {
  /** Whether its weight is the word embeddings. */
  readonly weight: boolean;
  /** Whether its bias is the other parameter, if there is one. */
  readonly bias: boolean;
}

/** An architecture with one config. */
export interface Encoder {
  readonly vocabularySize: number;
  /** Width of the hidden states. */
  readonly width: number;
  /** The most tokens of a text. */
  readonly maxPositions: number;
  /** Named as in the base model, in the reference's order. */
  readonly parameters: readonly ParameterSpec[];
  /** Name of the word embeddings. */
  readonly wordEmbeddings: string;
  /** Parameters of the base model in checkpoints that token embeddings do not depend on: the pooler. */
  readonly unused: readonly ParameterSpec[];
  readonly head: LanguageModelHead;
  /** Hidden states [rows, width]. */
  forward(parameters: Parameters, batch: Batch): tf.Tensor2D;
}

/** Makes an encoder from a config.json. Each is one row of the table of architectures. */
export interface Architecture {
  /** The prefix of the base model's tensors in a masked language model. */
  readonly prefix: string;
  /**
   * Whether the reference lists the head of a masked language model first, so that a tied weight has the decoder's
   * name.
   */
  readonly headFirst?: boolean;
  /** @throws ModelFileError */
  read(modelConfig: unknown): Encoder;
}
