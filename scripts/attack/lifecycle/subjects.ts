import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { sparseFromRows } from '../../../src/api/sparse.js';
import type { Features } from '../../../src/features.js';
import { compile, EncoderPool, exportOnnx, SparseEncoder, SparseIndex } from '../../../src/index.js';

const MODEL = fileURLToPath(new URL('../../../fixtures/models/splade-bert', import.meta.url));

/** Something that holds sessions, threads or files, and calls on it. */
export interface Subject<T> {
  /** @param folder an empty one, which is removed after the try */
  readonly open: (folder: string) => Promise<T>;
  /** Each call releases what it made. */
  readonly calls: readonly ((subject: T, folder: string) => unknown)[];
  readonly dispose: (subject: T) => Promise<void>;
}

const disposeFeatures = (features: Features): void =>
  tf.dispose(Object.values(features).filter((value) => value instanceof tf.Tensor));

const encoderCalls: Subject<SparseEncoder>['calls'] = [
  (model) => model.encode(['dog', 'a cat'], { batchSize: 1 }),
  (model) => model.encodeQuery('a sword'),
  (model) => model.encodeStream(['dog']).next(),
  (model) => model.tokenize(['dog']),
  async (model) => {
    const features = await model.preprocess(['dog']);
    // An exported model refuses it, and so does a model that has been disposed.
    try {
      tf.tidy(() => void model.forward(features));
    } finally {
      disposeFeatures(features);
    }
  },
  (model) => model.namedParameters(),
  (model) => model.dimension,
  (model, folder) => model.save(join(folder, 'saved'), { overwrite: true }),
  (model) => model.dispose(),
];

export const encoder: Subject<SparseEncoder> = {
  open: () => SparseEncoder.load(MODEL),
  calls: encoderCalls,
  dispose: (model) => model.dispose(),
};

export const exportedEncoder: Subject<SparseEncoder> = {
  open: async (folder) => {
    const model = await SparseEncoder.load(MODEL);
    const output = join(folder, 'exported');
    await exportOnnx(model, { output });
    await model.dispose();
    return SparseEncoder.load(output);
  },
  calls: encoderCalls,
  dispose: (model) => model.dispose(),
};

export const pool: Subject<EncoderPool> = {
  open: () => EncoderPool.load(MODEL, { maxBatch: 2 }),
  calls: [
    (threads) => threads.encode(['dog', 'a cat', 'a sword']),
    (threads) => threads.encodeQuery('dog', { signal: AbortSignal.timeout(60_000) }),
    (threads) => threads.encodeDocument([]),
    (threads) => threads.dimension,
    (threads) => threads.dispose(),
  ],
  dispose: (threads) => threads.dispose(),
};

const square = (): ReturnType<typeof compile<[tf.Tensor], tf.Tensor>> =>
  compile((x: tf.Tensor) => x.square().add(1), { name: 'square' });

export const compiledFunction: Subject<ReturnType<typeof square>> = {
  open: () => Promise.resolve(square()),
  calls: [1, 2, 3].map((size) => async (fn) => {
    const x = tf.ones([size]);
    // The caller may dispose it before the call's turn comes.
    const result = fn(x);
    x.dispose();
    (await result).dispose();
  }),
  dispose: (fn) => fn.dispose(),
};

export const index: Subject<SparseIndex> = {
  open: () => Promise.resolve(SparseIndex.fromMatrix(sparseFromRows([[[0, 1]], [[2, 3]]], 3))),
  calls: [
    (documents) => documents.search(sparseFromRows([[[2, 1]]], 3), 1),
    (documents, folder) => documents.save(join(folder, 'index')),
    async (documents, folder) => {
      await documents.save(join(folder, 'index'));
      const read = await SparseIndex.load(join(folder, 'index'));
      if (read.documents !== documents.documents) throw new Error('another index was read');
    },
  ],
  dispose: () => Promise.resolve(),
};
