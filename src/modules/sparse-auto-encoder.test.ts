import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, test } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import type { EmbeddingModel, Features } from '../features.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { deviation } from '../testing/gradients.js';
import { type Matrix, matrixOf, randomMatrix, tensorOf } from '../testing/matrices.js';
import { dot, entryOf, mean, norm, rowOf } from '../testing/plain-math.js';
import { SMALL_AUTO_ENCODER } from '../testing/small-auto-encoder.js';
import type { Mode, Module } from './module.js';
import { Parameters } from './parameters.js';
import { sparseAutoEncoder, sparseAutoEncoderKind } from './sparse-auto-encoder.js';

beforeEach(() => setEngine('cpu'));

const counters = async (module: Module): Promise<number[]> =>
  Array.from(await module.parameters.get('stats_last_nonzero').data());

const trained = (module: Module): tf.Variable[] =>
  module.parameters.entries().flatMap(([, variable]) => (variable.trainable ? [variable] : []));

/** Makes one latent never active, and another one always active. */
function withBias(module: Module, never: number, always: number): void {
  const bias = Array.from({ length: 12 }, (_, latent) =>
    latent === never ? -100 : latent === always ? 100 : 0,
  );
  module.parameters.get('latent_bias').assign(tf.tensor1d(bias));
}

function step(module: Module, x: tf.Tensor2D): void {
  const { grads } = tf.variableGrads(
    () => module.forward({ sentenceEmbedding: x }, { mode: 'train' }).decodedEmbedding4k?.sum() as tf.Scalar,
    trained(module),
  );
  tf.dispose(grads);
}

describe('what it computes', () => {
  /** The formulas on plain numbers, with all latents dead: the sum of all outputs, each with its own weight. */
  function plain(normalize: boolean): (columns: Matrix[]) => number {
    return ([x = [], weight = [], biases = []]) => {
      const [preBias, latentBias] = [rowOf(biases, 0).slice(0, 4), rowOf(biases, 0).slice(4)];
      let sum = 0;
      for (const row of x) {
        const middle = normalize ? mean(row) : 0;
        const centred = row.map((value) => value - middle);
        const scale = normalize ? norm(centred) / Math.sqrt(row.length - 1) : 1;
        const input = centred.map((value) => (normalize ? value / (scale + 1e-5) : value));
        const shifted = input.map((value, d) => value - entryOf(preBias, d));
        const latents = weight.map((w, h) => dot(w, shifted) + entryOf(latentBias, h));
        const kept = (count: number): number[] => {
          const bound = entryOf(
            latents.toSorted((a, b) => b - a),
            count - 1,
          );
          return latents.map((value) => (value >= bound && value > 0 ? value : 0));
        };
        const decoded = (z: number[]): number[] =>
          row.map(
            (_, d) =>
              dot(
                z,
                weight.map((w) => entryOf(w, d)),
              ) + entryOf(preBias, d),
          );
        const whole = (z: number[]): number[] => decoded(z).map((value) => value * scale + middle);
        const outputs = [
          kept(2),
          latents,
          kept(8),
          whole(kept(2)),
          whole(kept(8)),
          whole(kept(2)).map((value, d) => value - entryOf(preBias, d) * scale),
          kept(5),
          decoded(kept(5)).map((value) => value * scale),
        ];
        outputs.forEach((output, at) => (sum += (at + 1) * dot(output, output)));
      }
      return sum;
    };
  }

  test.each([false, true])(
    'is the formula, and its gradient that by finite differences; normalize %s',
    (normalize) => {
      const formula = ([x, weight, biases]: tf.Tensor2D[]): tf.Tensor => {
        const bias = (biases as tf.Tensor2D).reshape([16]);
        const parameters = new Map<string, tf.Tensor>([
          ['decoder.linear.weight', weight as tf.Tensor2D],
          ['pre_bias', bias.slice([0], [4])],
          ['latent_bias', bias.slice([4], [12])],
          ['stats_last_nonzero', tf.zeros([12], 'int32')],
        ]) as Map<string, tf.Variable>;
        const module = sparseAutoEncoderKind.create(
          { ...SMALL_AUTO_ENCODER, normalize },
          new Parameters(parameters),
        );
        const { sentenceEmbedding, sentenceEmbeddingEncoded, sentenceEmbeddingEncoded4k, ...rest } =
          module.forward({ sentenceEmbedding: x as tf.Tensor2D }, { mode: 'eval' });
        const outputs = [
          sentenceEmbedding,
          sentenceEmbeddingEncoded,
          sentenceEmbeddingEncoded4k,
          rest.decodedEmbeddingK,
          rest.decodedEmbedding4k,
          rest.decodedEmbeddingKPreBias,
          rest.auxiliaryEmbedding,
          rest.decodedEmbeddingAux,
        ] as tf.Tensor[];
        return tf.addN(
          outputs.map((output, at) =>
            output
              .square()
              .sum()
              .mul(at + 1),
          ),
        );
      };
      const columns = [randomMatrix(1, 3, 4), randomMatrix(2, 12, 4), randomMatrix(3, 1, 16)];
      const found = deviation(formula, plain(normalize), columns);
      expect(found.value).toBeLessThan(1e-5);
      expect(found.gradient).toBeLessThan(1e-4);
    },
  );

  test('for encoding, only the sparse embedding is made, and the features given stay', () => {
    const module = sparseAutoEncoder({ ...SMALL_AUTO_ENCODER, kAux: 40, k: 12 });
    const x = tensorOf(randomMatrix(4, 3, 4));
    const features: Features = { sentenceEmbedding: x, task: 'query' };
    const before = tf.memory().numTensors;
    const made = module.forward(features, { mode: 'inference', maxActiveDims: 2 });
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(Object.keys(made)).toEqual(['sentenceEmbedding', 'task']);
    expect(features).toEqual({ sentenceEmbedding: x, task: 'query' });
    const active = matrixOf(made.sentenceEmbedding as tf.Tensor).map(
      (row) => row.filter((value) => value > 0).length,
    );
    expect(active).toEqual([2, 2, 2]);
  });

  test('of equal latents the first are active, whichever is asked for first', async () => {
    for (const engine of ['cpu', 'onnx'] as const) {
      await setEngine(engine);
      const module = sparseAutoEncoder({ ...SMALL_AUTO_ENCODER, kAux: null });
      module.parameters.get('decoder.linear.weight').assign(tf.zeros([12, 4]));
      module.parameters.get('latent_bias').assign(tf.ones([12]));
      const made = module.forward({ sentenceEmbedding: tf.zeros([1, 4]) }, { mode: 'eval' });
      expect(Array.from(await (made.sentenceEmbedding as tf.Tensor).data())).toEqual([
        1,
        1,
        ...Array.from({ length: 10 }, () => 0),
      ]);
      expect([made.auxiliaryEmbedding, made.decodedEmbeddingAux]).toEqual([null, null]);
    }
  });

  test('one program encodes every batch size', async () => {
    const module = sparseAutoEncoder({ ...SMALL_AUTO_ENCODER, normalize: true });
    const encode = (x: tf.Tensor2D): tf.Tensor =>
      module.forward({ sentenceEmbedding: x }, { mode: 'inference' }).sentenceEmbedding as tf.Tensor;
    const batches = [1, 5].map((rows) => randomMatrix(rows, rows, 4));
    const expected = batches.map((batch) => Array.from(encode(tensorOf(batch)).dataSync()));
    await setEngine('onnx');
    const program = compile(encode, { name: 'csr', dimensions: [['batch', null]], frozen: true });
    for (const [at, batch] of batches.entries()) {
      const found = Array.from(await (await program(tensorOf(batch))).data());
      found.forEach((value, i) => expect(value).toBeCloseTo(expected[at]?.[i] ?? NaN, 5));
    }
  });
});

describe('the counters of dead latents', () => {
  const x = randomMatrix(5, 3, 4);

  test('a latent that is never active ages by 2 in each forward of training, an active one stays at 1', async () => {
    for (const engine of ['cpu', 'onnx'] as const) {
      await setEngine(engine);
      const module = sparseAutoEncoder(SMALL_AUTO_ENCODER);
      withBias(module, 3, 7);
      for (let forward = 1; forward <= 3; forward++) {
        step(module, tensorOf(x));
        const found = await counters(module);
        expect([found[3], found[7]]).toEqual([2 * forward, 1]);
      }
    }
  });

  test('a latent is dead when what was counted between the two selections is above the threshold', () => {
    const module = sparseAutoEncoder({ ...SMALL_AUTO_ENCODER, deadThreshold: 3, k: 1, kAux: 1 });
    // The four largest are selected. The others age, and 8 is the largest of them.
    const bias = Array.from({ length: 12 }, (_, latent) => 1 + latent);
    module.parameters.get('decoder.linear.weight').assign(tf.zeros([12, 4]));
    module.parameters.get('latent_bias').assign(tf.tensor1d(bias));
    const auxiliary = [1, 2, 3].map(() => {
      let made = 0;
      tf.variableGrads(() => {
        const features = module.forward({ sentenceEmbedding: tf.zeros([2, 4]) }, { mode: 'train' });
        made = features.auxiliaryEmbedding?.max().dataSync()[0] ?? NaN;
        return features.decodedEmbeddingK?.sum() as tf.Scalar;
      }, trained(module));
      return made;
    });
    expect(auxiliary).toEqual([0, 0, 8]);
  });

  test('nothing is counted in evaluation, nor in training where no gradient is recorded', async () => {
    const module = sparseAutoEncoder(SMALL_AUTO_ENCODER);
    for (const mode of ['train', 'eval', 'inference'] satisfies Mode[]) {
      module.forward({ sentenceEmbedding: tensorOf(x) }, { mode });
    }
    tf.variableGrads(
      () =>
        module
          .forward({ sentenceEmbedding: tensorOf(x) }, { mode: 'eval' })
          .decodedEmbeddingK?.sum() as tf.Scalar,
      trained(module),
    );
    expect(await counters(module)).toEqual(Array(12).fill(0));
  });

  test('a compiled step counts at each of its runs', async () => {
    await setEngine('onnx');
    const module = sparseAutoEncoder(SMALL_AUTO_ENCODER);
    withBias(module, 3, 7);
    const run = compile((batch: tf.Tensor2D) => step(module, batch), { name: 'step' });
    for (let forward = 1; forward <= 3; forward++) {
      await run(tensorOf(x));
      const found = await counters(module);
      expect([found[3], found[7]]).toEqual([2 * forward, 1]);
    }
  });

  test('under CachedSpladeLoss a mini-batch is counted once, though it is embedded twice', async () => {
    const module = sparseAutoEncoder(SMALL_AUTO_ENCODER);
    withBias(module, 3, 7);
    const model: EmbeddingModel = {
      forward: (features) => module.forward(features, { mode: 'train' }),
      trainableVariables: () => trained(module),
    };
    const loss = new CachedSpladeLoss(model, {
      loss: new SparseMultipleNegativesRankingLoss(model),
      documentRegularizerWeight: 0.1,
      queryRegularizerWeight: 0.1,
      miniBatchSize: 2,
    });
    const columns = [6, 7].map((seed) => ({ sentenceEmbedding: tensorOf(randomMatrix(seed, 4, 4)) }));
    tf.variableGrads(() => tf.addN(Object.values(loss.forward(columns))), trained(module));
    // Two columns with two mini-batches each.
    expect((await counters(module))[3]).toBe(8);
  });

  test('are not trainable parameters', () => {
    expect(sparseAutoEncoder(SMALL_AUTO_ENCODER).parameters.get('stats_last_nonzero')).toMatchObject({
      trainable: false,
      dtype: 'int32',
    });
  });
});
