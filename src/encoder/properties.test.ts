// @module-tag slow
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import type { EmbeddingModel, Features } from '../features.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { totalLoss } from '../losses/loss.js';
import { miniBatch } from '../losses/mini-batches.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import type { Module } from '../modules/module.js';
import { spladePooling } from '../modules/splade-pooling.js';
import { seededRandom } from '../random.js';
import { rowOf, type SparseRow } from '../sparse/row.js';
import { selectRows } from '../sparse/select-rows.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { sparseToDense } from '../sparse/to-dense.js';
import { gradientDifference, variableOutcome } from '../testing/variable-gradients.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));
const NAMES = ['splade-bert', 'splade-roberta', 'splade-modernbert', 'csr-deep', 'inference-free'] as const;

/** Float32 rounding through two layers, relative to the largest entry. */
const ROUNDING = 1e-5;

const WORDS = ['the', 'cloud', 'of', 'particles', 'sword', 'handle', '🙂', '中文', 'naïve', 'a', '1,234'];
const text = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(' ')),
  },
  { weight: 1, arbitrary: fc.string({ maxLength: 20, unit: 'grapheme' }) },
);
const texts = fc.array(text, { minLength: 1, maxLength: 7 });

/** The random numbers of a test are the same every time. */
const check = <T>(property: fc.IAsyncPropertyWithHooks<T>): Promise<void> =>
  fc.assert(property, { seed: 7, numRuns: 6 });

function difference(a: SparseMatrix, b: SparseMatrix): number {
  expect([a.rows, a.columns]).toEqual([b.rows, b.columns]);
  const [x, y] = [sparseToDense(a), sparseToDense(b)];
  const scale = Math.max(...x.map(Math.abs), 1);
  return x.reduce((most, value, i) => Math.max(most, Math.abs(value - (y[i] ?? NaN))), 0) / scale;
}

let encoders: ReadonlyMap<string, SparseEncoder>;
beforeAll(async () => {
  await setEngine('cpu');
  encoders = new Map(
    await Promise.all(
      NAMES.map(async (name) => [name, await SparseEncoder.load(join(MODELS, name))] as const),
    ),
  );
});
afterAll(() => Promise.all([...encoders.values()].map((encoder) => encoder.dispose())));

const encoderOf = (name: string): SparseEncoder => encoders.get(name) as SparseEncoder;

describe.each(NAMES)('embeddings of %s', (name) => {
  test('of a text do not depend on the texts that it is padded for', async () => {
    const encoder = encoderOf(name);
    await check(
      fc.asyncProperty(text, texts, async (one, others) => {
        const alone = await encoder.encode([one]);
        const together = await encoder.encode([one, ...others, WORDS.join(' ')], { batchSize: 16 });
        expect(difference(alone, selectRows(together, Uint32Array.of(0)))).toBeLessThan(ROUNDING);
      }),
    );
  });

  test('do not depend on the batch size', async () => {
    const encoder = encoderOf(name);
    await check(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 7 }), async (all, batchSize) => {
        const [some, every] = [await encoder.encode(all, { batchSize }), await encoder.encode(all)];
        expect(difference(every, some)).toBeLessThan(ROUNDING);
      }),
    );
  });

  test('follow the order of the texts', async () => {
    const encoder = encoderOf(name);
    await check(
      fc.asyncProperty(texts, fc.nat(), async (all, seed) => {
        const order = seededRandom(seed).shuffle(all.map((_, index) => index));
        const straight = await encoder.encode(all);
        const shuffled = await encoder.encode(order.map((index) => all[index] as string));
        expect(difference(selectRows(straight, Uint32Array.from(order)), shuffled)).toBeLessThan(ROUNDING);
      }),
    );
  });

  test('come from a stream as from a list', async () => {
    const encoder = encoderOf(name);
    await check(
      fc.asyncProperty(texts, fc.integer({ min: 1, max: 4 }), async (all, batchSize) => {
        const rows: SparseRow[] = [];
        for await (const row of encoder.encodeStream(all, { batchSize })) rows.push(row);
        const list = await encoder.encode(all, { batchSize });
        expect(rows).toEqual(all.map((_, index) => rowOf(list, index)));
      }),
    );
  });
});

const LOSS_TEXTS = [
  ['the handle of a sword', 'a', 'a cloud 🙂', 'the cloud of particles of a cloud'],
  ['part of a weapon', 'naïve', 'visible mass of particles in the air', '中文'],
] as const;

async function columnsOf(encoder: SparseEncoder): Promise<Features[]> {
  return [await encoder.preprocess(LOSS_TEXTS[0]), await encoder.preprocess(LOSS_TEXTS[1])];
}

test.each(['max', 'sum'] as const)(
  'the chunk size of SpladePooling (%s) changes neither values nor gradients',
  async (poolingStrategy) => {
    const encoder = encoderOf('splade-bert');
    const [features] = await columnsOf(encoder);
    const [transformer] = encoder.modules as [Module];
    const variables = encoder.trainableVariables();
    const outcome = (chunkSize: number | null): ReturnType<typeof variableOutcome> => {
      const pooling = spladePooling({ poolingStrategy, chunkSize });
      return variableOutcome(() => {
        const made = transformer.forward(features as Features, { mode: 'eval' });
        const embedding = pooling.forward(made, { mode: 'eval' }).sentenceEmbedding as tf.Tensor;
        const weights = tf.range(0, embedding.size).reshape(embedding.shape).mod(7).sub(3) as tf.Tensor;
        return embedding.mul(weights).sum();
      }, variables);
    };
    const whole = outcome(null);
    for (const chunkSize of [1, 100, 1000, 8192]) {
      const chunked = outcome(chunkSize);
      expect(Math.abs(chunked.value - whole.value)).toBeLessThan(ROUNDING * Math.abs(whole.value));
      expect(gradientDifference(whole, chunked)).toBeLessThan(ROUNDING);
    }
  },
);

/** A model that embeds this many rows at a time and keeps everything for the gradient; the cache must give the same. */
function inMiniBatches(encoder: SparseEncoder, rows: number): EmbeddingModel {
  return {
    trainableVariables: () => encoder.trainableVariables(),
    forward: (features) => {
      const count = (features.inputIds as tf.Tensor).shape[0] ?? 0;
      const begin = encoder.captureRandomState();
      const parts = Array.from({ length: Math.ceil(count / rows) }, (_, index) => {
        const range = { begin: rows * index, end: Math.min(rows * (index + 1), count) };
        // The mini-batches of a column share their draws; each uses its own part.
        begin();
        const part = { tensor: tf.scalar(index, 'int32'), number: index };
        const embed = (): Features => encoder.forward(miniBatch(features, range));
        return encoder.withRandomPart(part, embed).sentenceEmbedding as tf.Tensor2D;
      });
      return { ...features, sentenceEmbedding: tf.concat2d(parts, 0) };
    },
  };
}

describe.each([1, 2, 3, 4])('CachedSpladeLoss in mini-batches of %i, with dropout on', (miniBatchSize) => {
  const options = (model: EmbeddingModel) => ({
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: 0.05,
    queryRegularizerWeight: 0.1,
  });

  test('has the gradients of SpladeLoss, though it embeds twice', async () => {
    const encoder = encoderOf('splade-bert');
    encoder.mode = 'train';
    const columns = await columnsOf(encoder);
    const gradients = (loss: SpladeLoss, masks: number): ReturnType<typeof variableOutcome> => {
      encoder.dropout.position = masks;
      return variableOutcome(() => totalLoss(loss.forward(columns)), encoder.trainableVariables());
    };
    const cached = new CachedSpladeLoss(encoder, { ...options(encoder), miniBatchSize });
    const model = inMiniBatches(encoder, miniBatchSize);
    const plain = new SpladeLoss(model, options(model));
    const expected = gradients(plain, 3);
    expect(gradientDifference(expected, gradients(cached, 3))).toBeLessThan(ROUNDING);
    // Other masks give other gradients, so dropout is on.
    expect(gradientDifference(expected, gradients(cached, 4))).toBeGreaterThan(1e-3);
    encoder.mode = 'eval';
  });
});
