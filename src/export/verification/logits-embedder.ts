import type { OnnxSession } from '../../encoder/exported/onnx-session.js';
import { type BatchFacts, type Embedder, forwardThrough, type TokenBatch } from '../../encoder/inference.js';
import { onEncodingEngine } from '../../engine/set-engine.js';
import { InputError, ModelFileError } from '../../errors.js';
import type { Features } from '../../features.js';
import type { Module } from '../../modules/module.js';
import { sparseFromDense } from '../../sparse/from-dense.js';
import { RowError } from '../../sparse/row-error.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { tf } from '../../tf.js';

/** Computes embeddings from a file that gives logits or hidden states, which the modules after the first one pool. */
export class LogitsEmbedder implements Embedder {
  readonly #session: OnnxSession;
  readonly #rest: readonly Module[];
  readonly #output: string | undefined;

  /**
   * @param output the name of the output. Default: the only output of the file
   * @throws ModelFileError if nothing pools the output of the file
   */
  constructor(session: OnnxSession, [first, ...rest]: readonly Module[], output?: string) {
    if (rest.length === 0) {
      throw new ModelFileError(
        `${session.path} gives values for every token; expected embeddings, since the encoder has no pooling module after its ${first?.kind.name}`,
      );
    }
    this.#session = session;
    this.#rest = rest;
    this.#output = output;
  }

  /** @throws ModelFileError if the pooled result is not an embedding */
  async embed(
    batch: TokenBatch,
    { maxActiveDims, moduleKwargs, ...facts }: BatchFacts,
  ): Promise<SparseMatrix> {
    const { texts, length } = batch;
    const { elements, terms } = await this.#session.logits(batch, this.#output);
    let embeddings: tf.Tensor2D | undefined;
    try {
      const pool = (): tf.Tensor2D => {
        const features: Features = {
          ...facts,
          tokenEmbeddings: tf.tensor3d(elements, [texts, length, terms]),
          attentionMask: tf.tensor2d(batch.attentionMask, [texts, length], 'int32'),
        };
        const options = {
          mode: 'inference',
          ...(maxActiveDims !== undefined && { maxActiveDims }),
          ...(moduleKwargs !== undefined && { moduleKwargs }),
        } as const;
        return forwardThrough(this.#rest, features, options).sentenceEmbedding as tf.Tensor2D;
      };
      embeddings = onEncodingEngine(() => tf.tidy(pool));
      return sparseFromDense((await embeddings.data()) as Float32Array, texts, embeddings.shape[1]);
    } catch (cause) {
      if (cause instanceof RowError) {
        throw new RowError(cause.row, cause.fault, { maker: this.#session.path });
      }
      if (!(cause instanceof InputError)) throw cause;
      throw new ModelFileError(`${this.#session.path} gave no embeddings: ${cause.message}`, { cause });
    } finally {
      embeddings?.dispose();
    }
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
