import * as tf from '@tensorflow/tfjs';
import type { EmbeddingModel, Features } from '../features.js';
import { seededRandom } from '../random.js';
import { randomMatrix, tensorOf } from './matrices.js';

const VOCABULARY = 12;
const HIDDEN = 6;

export interface TokenEncoderOptions {
  readonly dimensions?: number;
  /** The share of hidden activations that is dropped at random. */
  readonly dropout?: number;
}

/**
 * A small encoder with weights: token ids -> embedding table -> dense layer -> log(1 + relu), maximum over the tokens.
 * It records the shapes of the token ids that it receives.
 */
export class TokenEncoder implements EmbeddingModel {
  readonly table: tf.Variable;
  readonly dense: tf.Variable;
  readonly bias: tf.Variable;
  readonly seenShapes: number[][] = [];
  readonly #dropout: number;
  #draws = 0;

  constructor({ dimensions = 5, dropout = 0 }: TokenEncoderOptions = {}) {
    this.table = tf.variable(tensorOf(randomMatrix(1, VOCABULARY, HIDDEN)));
    this.dense = tf.variable(tensorOf(randomMatrix(2, HIDDEN, dimensions)));
    this.bias = tf.variable(tensorOf(randomMatrix(3, 1, dimensions)));
    this.#dropout = dropout;
  }

  get weights(): tf.Variable[] {
    return [this.table, this.dense, this.bias];
  }

  forward(features: Features): Features {
    const { inputIds, attentionMask } = features as { inputIds: tf.Tensor2D; attentionMask: tf.Tensor2D };
    const [rows, length] = inputIds.shape;
    this.seenShapes.push([rows, length]);
    const hidden = tf.gather(this.table, inputIds.flatten()).mul(this.#dropoutMask(rows * length));
    const logits = tf.matMul(hidden as tf.Tensor2D, this.dense as tf.Tensor2D).add(this.bias);
    const activations = logits.relu().log1p().reshape([rows, length, -1]);
    const pooled = activations.mul(attentionMask.cast('float32').expandDims(2)).max(1);
    return { ...features, sentenceEmbedding: pooled };
  }

  captureRandomState(): () => void {
    const draws = this.#draws;
    return () => {
      this.#draws = draws;
    };
  }

  /** How often dropout has drawn a mask: its random state. */
  get draws(): number {
    return this.#draws;
  }

  #dropoutMask(tokens: number): tf.Tensor {
    if (this.#dropout === 0) return tf.scalar(1);
    const random = seededRandom(this.#draws);
    this.#draws += 1;
    const kept = Array.from({ length: tokens * HIDDEN }, () =>
      random.below(1000) < 1000 * this.#dropout ? 0 : 1 / (1 - this.#dropout),
    );
    return tf.tensor2d(kept, [tokens, HIDDEN]);
  }

  dispose(): void {
    tf.dispose(this.weights);
  }
}

/** A column of random texts. `lengths` gives their numbers of tokens; they are padded to the longest, or to `width`. */
export function tokenColumn(
  seed: number,
  lengths: readonly number[],
  width = Math.max(...lengths),
): Features {
  const random = seededRandom(seed);
  const positions = Array.from({ length: width }, (_, position) => position);
  const mask = lengths.map((length) => positions.map((position) => (position < length ? 1 : 0)));
  const ids = mask.map((row) => row.map((used) => used * (1 + random.below(VOCABULARY - 1))));
  const shape: [number, number] = [lengths.length, width];
  return {
    inputIds: tf.tensor2d(ids, shape, 'int32'),
    attentionMask: tf.tensor2d(mask, shape, 'int32'),
  };
}
