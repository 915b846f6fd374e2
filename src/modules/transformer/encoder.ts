import type * as tf from '@tensorflow/tfjs';
import type { Parameters, ParameterSpec } from '../parameters.js';

export type Drop = <T extends tf.Tensor>(x: T, rate: number) => T;

/** A batch of token ids, as an encoder takes it. */
export interface Batch {
  /** int32 [texts, length] */
  readonly inputIds: tf.Tensor2D;
  /** [texts, length]; 1 = a token, 0 = padding */
  readonly attentionMask: tf.Tensor2D;
  /** int32 [texts, length]; where there are none, all are 0 */
  readonly tokenTypeIds: tf.Tensor2D | undefined;
  /** Dropout, where it is on. */
  readonly drop: Drop;
}

/** What is in front of the logits of a masked language model, by names in the whole model. */
export interface LanguageModelHead {
  /** Parameters in front of the decoder. */
  readonly transform: readonly ParameterSpec[];
  readonly decoder: Decoder;
  /** From the encoder's hidden states [rows, width] to what the decoder takes, [rows, decoder width]. */
  forward(parameters: Parameters, hidden: tf.Tensor2D): tf.Tensor2D;
}

/** The last layer of a masked language model. */
export interface Decoder {
  /** Its weight [vocabulary, decoder width], which is the word embeddings where the two are tied. */
  readonly weight: ParameterSpec;
  /** Its bias; undefined: it has none. */
  readonly bias: ParameterSpec | undefined;
  /** The parameter of another name that is its bias where the two are tied, and that is not used where they are not. */
  readonly tiedBias: ParameterSpec | undefined;
  /** Whether the config ties them. */
  readonly tied: boolean;
}

/** Which parameters of a masked language model's decoder are one with another. */
export interface Ties {
  /** Its weight with the word embeddings. */
  readonly weight: boolean;
  /** Its bias with that of another name, if there is one. */
  readonly bias: boolean;
}

/** An architecture with one config. */
export interface Encoder {
  readonly vocabularySize: number;
  /** Width of the hidden states. */
  readonly width: number;
  /** Most tokens of a text. */
  readonly maxPositions: number;
  /** By names as in the base model, in the reference's order. */
  readonly parameters: readonly ParameterSpec[];
  /** Name of the word embeddings. */
  readonly wordEmbeddings: string;
  /** Parameters of the base model that checkpoints hold and that token embeddings do not depend on: the pooler. */
  readonly unused: readonly ParameterSpec[];
  readonly head: LanguageModelHead;
  /** Hidden states [texts length, width]. */
  forward(parameters: Parameters, batch: Batch): tf.Tensor2D;
}

/** What makes an encoder of a config.json. One row of the table of architectures each. */
export interface Architecture {
  /** Under which the base model's tensors are in a masked language model. */
  readonly prefix: string;
  /** Whether the reference lists the head of a masked language model first, so that a tied weight has the decoder's name. */
  readonly headFirst?: boolean;
  /** @throws ModelFileError */
  read(modelConfig: unknown): Encoder;
}
