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
  readonly parameters: readonly ParameterSpec[];
  /** The decoder's weight [vocabulary, decoder width]; undefined: it is the word embeddings. */
  readonly decoderWeight: string | undefined;
  /** Under which checkpoints may hold the decoder's weight once more where it is tied. */
  readonly tiedWeight: string;
  /** undefined: there is none */
  readonly decoderBias: string | undefined;
  /** Tensors that checkpoints hold beside these and that nothing uses. */
  readonly unused: readonly ParameterSpec[];
  /** From the encoder's hidden states [rows, width] to what the decoder takes, [rows, decoder width]. */
  forward(parameters: Parameters, hidden: tf.Tensor2D): tf.Tensor2D;
}

/** An architecture with one config. */
export interface Encoder {
  readonly vocabularySize: number;
  /** Of the hidden states. */
  readonly width: number;
  /** Most tokens of a text. */
  readonly maxPositions: number;
  /** By names as in the base model, in no order. */
  readonly parameters: readonly ParameterSpec[];
  /** Of the word embeddings. */
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
  /** @throws ModelFileError */
  read(modelConfig: unknown): Encoder;
}
