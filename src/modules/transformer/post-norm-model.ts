import type * as tf from '@tensorflow/tfjs';
import { copiedPaddingBias, paddingBias } from '../layers/attention.js';
import type { ParameterSpec } from '../parameters.js';
import { embed, embeddingSpecs, type EmbeddingsConfig, mostTokens, WORD_EMBEDDINGS } from './embeddings.js';
import type { Encoder } from './encoder.js';
import { type HeadConfig, type HeadNames, languageModelHead } from './language-model-head.js';
import { type LayerNames, type PostNormConfig, postNormEncoder, postNormSpecs } from './post-norm.js';

/** Settings that embeddings, layers and head share. */
interface Common {
  readonly vocabularySize: number;
  readonly width: number;
  readonly epsilon: number;
  readonly deviation: number;
}

/** A model of BERT's family. */
interface PostNormModel extends Common {
  readonly embeddings: Omit<EmbeddingsConfig, keyof Common | 'projection'>;
  /** If the embeddings and the decoder's input have a different width: that width, and the layer that projects it. */
  readonly factorization?: { readonly width: number; readonly projection: string } | undefined;
  readonly layers: { readonly names: LayerNames } & Omit<PostNormConfig, keyof Common>;
  readonly head: { readonly names: HeadNames } & Pick<HeadConfig, 'activation' | 'tied'>;
  /** Parameters of the base model in checkpoints that token embeddings do not depend on. */
  readonly unused: readonly ParameterSpec[];
  /** A parameter, and the scores that it adds to all layers for texts of a given length. */
  readonly relativePositions?: {
    readonly spec: ParameterSpec;
    readonly bias: (weight: tf.Tensor, length: number) => tf.Tensor;
  };
}

/** The encoder of a model of BERT's family: embeddings, the layers of `postNormEncoder`, and the head. */
export function postNormModel(model: PostNormModel): Encoder {
  const { vocabularySize, width, epsilon, deviation, unused, relativePositions: relative } = model;
  const common: Common = { vocabularySize, width, epsilon, deviation };
  const { factorization } = model;
  const embeddings: EmbeddingsConfig = {
    ...common,
    ...model.embeddings,
    ...(factorization !== undefined && {
      width: factorization.width,
      projection: { name: factorization.projection, width, at: 'after the dropout', bias: true },
    }),
  };
  const layers: PostNormConfig = { ...common, ...model.layers };
  const { names } = model.layers;
  return {
    vocabularySize,
    width,
    maxPositions: mostTokens(embeddings),
    parameters: [
      ...embeddingSpecs(embeddings),
      ...postNormSpecs(names, layers),
      ...(relative === undefined ? [] : [relative.spec]),
    ],
    wordEmbeddings: WORD_EMBEDDINGS,
    unused,
    head: languageModelHead(model.head.names, {
      ...common,
      ...model.head,
      decoderWidth: embeddings.width,
    }),
    forward: (parameters, batch) => {
      const { rows, attentionMask: mask } = batch;
      // With relative positions, the scores of padding differ from those of the token that it copies.
      const bias =
        relative === undefined
          ? (batch.isPacked ? copiedPaddingBias : paddingBias)(mask)
          : paddingBias(mask).add(relative.bias(parameters.get(relative.spec.name), rows.length));
      const embedded = embed(embeddings, parameters, batch);
      return postNormEncoder(names, layers, parameters, embedded, { bias, batch });
    },
  };
}
