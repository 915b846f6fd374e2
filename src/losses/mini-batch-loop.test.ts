// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { compile } from '../engine/compile/compile.js';
import { sharedRuntime } from '../engine/runtime/runtime.js';
import { setEngine } from '../engine/set-engine.js';
import type { EmbeddingModel, Features } from '../features.js';
import { decodeModel } from '../onnx/read.js';
import { seededRandom } from '../random.js';
import { modelFixture } from '../testing/new-encoders.js';
import { TokenEncoder } from '../testing/token-encoder.js';
import { furthest, gradientsOf, randomColumn } from '../testing/training-steps.js';
import { recordWarnings } from '../testing/warnings.js';
import { CachedSpladeLoss, type CachedSpladeLossOptions } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from './splade-loss.js';

let encoder: SparseEncoder;
beforeEach(async () => {
  await setEngine('onnx');
  encoder = await SparseEncoder.load(modelFixture('splade-bert'));
});
afterEach(async () => {
  await encoder.dispose();
  vi.restoreAllMocks();
});
afterAll(() => setEngine('onnx'));

const weights = { documentRegularizerWeight: 0.1, queryRegularizerWeight: 0.1 };

const cached = (size: Partial<CachedSpladeLossOptions>): CachedSpladeLoss =>
  new CachedSpladeLoss(encoder, {
    loss: new SparseMultipleNegativesRankingLoss(encoder),
    ...weights,
    ...size,
  });

const plain = (): SpladeLoss =>
  new SpladeLoss(encoder, { loss: new SparseMultipleNegativesRankingLoss(encoder), ...weights });

const batch = (texts: number): Features[] => [
  randomColumn(1, texts, 5, encoder.tokenizer.vocabularySize),
  randomColumn(2, texts, 8, encoder.tokenizer.vocabularySize),
];

const DIMENSIONS = ['queryLength', 'documentLength'].flatMap((length) => [
  ['batch', length],
  ['batch', length],
]);

const step =
  (loss: SpladeLoss) =>
  (columns: Features[]): tf.Tensor[] =>
    gradientsOf(() => loss.forward(columns), encoder);

/** Clipped gradients have the norm 0.1. */
const FLOOR = 1e-4;
const ROUNDING = 2e-4;

/** Copies on the cpu engine. */
async function onCpu(tensors: readonly tf.Tensor[]): Promise<tf.Tensor[]> {
  const values = await Promise.all(tensors.map((tensor) => tensor.data()));
  await setEngine('cpu');
  return values.map((data, at) => tf.tensor(data, tensors[at]?.shape));
}

const SIZES = [
  ['rows', { miniBatchSize: 3 }],
  ['rows of which there are fewer', { miniBatchSize: 32 }],
  ['tokens', { miniBatchNumTokens: 11 }],
] as const;

describe('a loop over mini-batches in a program', () => {
  it.each(SIZES)(
    'by %s gives the same as the loop of JavaScript on cpu, with the same dropout',
    async (_, size) => {
      encoder.mode = 'train';
      const compiled = compile(step(cached(size)), { name: 'cached' });
      const found = await compiled(batch(7));
      await compiled.dispose();
      const here = await onCpu(found);
      const expected = step(cached(size))(batch(7));
      expect(await furthest(here, expected, FLOOR)).toBeLessThan(ROUNDING);
    },
  );

  it.each(SIZES)('by %s gives the same as SpladeLoss, outside of compile too', async (_, size) => {
    const found = step(cached(size))(batch(7));
    expect(await furthest(found, step(plain())(batch(7)), FLOOR)).toBeLessThan(ROUNDING);
  });

  it.each(SIZES)('by %s serves every size of named dimensions', async (_, size) => {
    const general = compile(step(cached(size)), { name: 'cached', dimensions: DIMENSIONS });
    await sharedRuntime().sessions.releaseAll();
    const found: tf.Tensor[][] = [];
    for (const texts of [4, 1, 9]) found.push(await general(batch(texts)));
    expect(sharedRuntime().sessions.size).toBe(1);
    for (const results of found) {
      const expected = step(plain())(batch([4, 1, 9][found.indexOf(results)] ?? 0));
      expect(await furthest(results, expected, FLOOR)).toBeLessThan(ROUNDING);
    }
    await general.dispose();
  });

  it('has a program whose length does not depend on the number of mini-batches', async () => {
    const nodes: number[] = [];
    for (const texts of [4, 40]) {
      const compiled = compile(step(cached({ miniBatchSize: 2 })), { name: 'cached' });
      tf.dispose(await compiled(batch(texts)));
      nodes.push(compiled.explain().nodes);
      await compiled.dispose();
    }
    expect(nodes[1]).toBe(nodes[0]);
  });

  it('is in a program for more rows than a mini-batch, or for any number of them', async () => {
    const hasLoop = async (miniBatchSize: number, dimensions?: typeof DIMENSIONS): Promise<boolean> => {
      const compiled = compile(step(cached({ miniBatchSize })), {
        name: 'cached',
        ...(dimensions && { dimensions }),
      });
      tf.dispose(await compiled(batch(4)));
      const { nodes } = decodeModel(compiled.model()).graph;
      await compiled.dispose();
      return nodes.some(({ op }) => op === 'Loop');
    };
    expect(await hasLoop(3)).toBe(true);
    expect(await hasLoop(4)).toBe(false);
    expect(await hasLoop(4, DIMENSIONS)).toBe(true);
    expect(await hasLoop(32, DIMENSIONS)).toBe(true);
  });

  it('draws other masks for each mini-batch, the same in both passes, and new ones at each call', async () => {
    encoder.mode = 'train';
    const column = randomColumn(1, 1, 6, encoder.tokenizer.vocabularySize);
    const { inputIds, attentionMask } = column as { inputIds: tf.Tensor2D; attentionMask: tf.Tensor2D };
    const same = { inputIds: tf.tile(inputIds, [4, 1]), attentionMask: tf.tile(attentionMask, [4, 1]) };
    const embeddings: tf.Tensor[] = [];
    const loss = new CachedSpladeLoss(encoder, {
      loss: {
        computeLossFromEmbeddings: ([first]) => {
          embeddings.push(tf.keep(tf.clone(first as tf.Tensor)));
          return tf.sum<tf.Scalar>(first as tf.Tensor2D);
        },
      },
      documentRegularizerWeight: 0,
      useDocumentRegularizerOnly: true,
      miniBatchSize: 1,
    });
    const compiled = compile(
      (features: Features) => {
        embeddings.splice(0);
        tf.dispose(loss.forward([features]));
        return embeddings[0] as tf.Tensor;
      },
      { name: 'masks' },
    );
    const rows = new Set<string>();
    for (let call = 0; call < 2; call++) {
      const found = (await (await compiled(same)).array()) as number[][];
      for (const row of found) rows.add(row.join());
    }
    expect(rows.size).toBe(8);
    await compiled.dispose();
  });

  it.each(SIZES)('by %s gives token embeddings their gradient, whose shape is theirs', async (_, size) => {
    const weight = tf.variable(tf.tensor1d([0.5, 1, 2, 1.5]));
    const own: EmbeddingModel = {
      forward: ({ tokenEmbeddings, attentionMask }) => {
        const logits = tf.mul(tokenEmbeddings as tf.Tensor, weight);
        const isToken = tf.expandDims(tf.cast(attentionMask as tf.Tensor, 'float32'), 2);
        return { sentenceEmbedding: tf.max(tf.mul(tf.relu(logits), isToken), 1) };
      },
      trainableVariables: () => [weight],
    };
    const random = seededRandom(1);
    const columns = [1, 2].map((seed): Features => {
      const length = 4 + seed;
      const { attentionMask } = randomColumn(seed, 5, length, 12) as { attentionMask: tf.Tensor };
      const elements = Float32Array.from({ length: 5 * length * 4 }, () => random.below(2001) / 1000 - 1);
      return { attentionMask, tokenEmbeddings: tf.tensor3d(elements, [5, length, 4]) };
    });
    const inputs = columns.map(({ tokenEmbeddings }) => tokenEmbeddings as tf.Tensor);
    const outcome = (Wrapper: typeof SpladeLoss | typeof CachedSpladeLoss): tf.Tensor[] => {
      const loss = new SparseMultipleNegativesRankingLoss(own);
      const wrapper = new Wrapper(own, { loss, ...weights, ...(Wrapper === CachedSpladeLoss && size) });
      const { value, grads } = tf
        .engine()
        .gradients((): tf.Scalar => totalLoss(wrapper.forward(columns)), [...inputs, weight]);
      return [value, ...grads];
    };
    const warnings = recordWarnings();
    const found = await onCpu(outcome(CachedSpladeLoss));
    expect(warnings).toEqual([]);
    expect(found.slice(1, 3).map(({ shape }) => shape)).toEqual(inputs.map(({ shape }) => shape));
    expect(await furthest(found, outcome(SpladeLoss), FLOOR)).toBeLessThan(ROUNDING);
    weight.dispose();
  });

  it('is left to JavaScript where the model draws numbers of its own', async () => {
    const own = new TokenEncoder({ dropout: 0.4 });
    const loss = (miniBatchSize: number): CachedSpladeLoss =>
      new CachedSpladeLoss(own, {
        loss: new SparseMultipleNegativesRankingLoss(own),
        ...weights,
        miniBatchSize,
      });
    const columns = [randomColumn(1, 4, 5, 12), randomColumn(2, 4, 5, 12)];
    const outcome = (): tf.Tensor[] => {
      const restart = own.captureRandomState();
      const { value, grads } = tf.variableGrads(
        () => tf.addN(Object.values(loss(2).forward(columns))),
        own.weights,
      );
      restart();
      return [value, ...own.weights.map(({ name }) => grads[name] as tf.Tensor)];
    };
    const found = await onCpu(outcome());
    expect(await furthest(found, outcome(), FLOOR)).toBeLessThan(ROUNDING);
    own.dispose();
  });

  it.each<[string, (embedding: tf.Tensor, seen: tf.Variable) => tf.Tensor, RegExp]>([
    [
      'depends on a size',
      (embedding) => tf.mul(embedding, Math.sqrt(embedding.shape[0] ?? 0)),
      /one by one.*op mul/,
    ],
    [
      'assigns a variable',
      (embedding, seen) => {
        seen.assign(tf.add(seen, 1));
        return tf.mul(embedding, 2);
      },
      /^$/,
    ],
  ])('is left to JavaScript where the model %s', async (_, change, warning) => {
    const seen = tf.variable(tf.scalar(0), false);
    const own: EmbeddingModel = {
      forward: (features) => {
        const { sentenceEmbedding } = encoder.forward(features);
        return { ...features, sentenceEmbedding: change(sentenceEmbedding as tf.Tensor, seen) };
      },
      trainableVariables: () => encoder.trainableVariables(),
    };
    const loss = new SparseMultipleNegativesRankingLoss(own);
    const outcome = (): tf.Tensor[] => {
      const wrapper = new CachedSpladeLoss(own, { loss, ...weights, miniBatchSize: 2 });
      const model = { ...own, captureRandomState: () => () => undefined } as Parameters<
        typeof gradientsOf
      >[1];
      seen.assign(tf.scalar(0));
      return [...gradientsOf(() => wrapper.forward(batch(3)), model), tf.clone(seen)];
    };
    const warnings = recordWarnings();
    const found = await onCpu(outcome());
    expect(warnings.join()).toMatch(warning);
    expect(await furthest(found, outcome(), FLOOR)).toBeLessThan(ROUNDING);
    seen.dispose();
  });
});
