import * as tf from '@tensorflow/tfjs';
import type { OnnxSession } from '../../encoder/exported/onnx-session.js';
import { type BatchFacts, type Embedder, forwardThrough, type TokenBatch } from '../../encoder/inference.js';
import type { Features } from '../../features.js';
import type { Module } from '../../modules/module.js';
import { sparseFromDense } from '../../sparse/from-dense.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';

/** Embeddings by a file that stops at the logits, which the modules behind the first pool. */
export class LogitsEmbedder implements Embedder {
  readonly #session: OnnxSession;
  readonly #rest: readonly Module[];

  constructor(session: OnnxSession, [, ...rest]: readonly Module[]) {
    this.#session = session;
    this.#rest = rest;
  }

  async embed(batch: TokenBatch, facts: BatchFacts): Promise<SparseMatrix> {
    const { texts, length } = batch;
    const { elements, terms } = await this.#session.logits(batch);
    const embeddings = tf.tidy(() => {
      const features: Features = {
        ...facts,
        tokenEmbeddings: tf.tensor3d(elements, [texts, length, terms]),
        attentionMask: tf.tensor2d(batch.attentionMask, [texts, length], 'int32'),
      };
      return forwardThrough(this.#rest, features, { mode: 'inference' }).sentenceEmbedding as tf.Tensor2D;
    });
    try {
      return sparseFromDense((await embeddings.data()) as Float32Array, texts, embeddings.shape[1]);
    } finally {
      embeddings.dispose();
    }
  }

  dispose(): Promise<void> {
    return this.#session.dispose();
  }
}
