import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { TokenEncoder, tokenColumn } from '../testing/token-encoder.js';
import { gradientDifference, variableOutcome } from '../testing/variable-gradients.js';
import { CachedSpladeLoss, type CachedSpladeLossOptions } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from './splade-loss.js';

const encoders: TokenEncoder[] = [];
function newEncoder(...args: ConstructorParameters<typeof TokenEncoder>): TokenEncoder {
  const encoder = new TokenEncoder(...args);
  encoders.push(encoder);
  return encoder;
}
afterEach(() => {
  for (const encoder of encoders.splice(0)) encoder.dispose();
  vi.restoreAllMocks();
});

const optionsFor = (model: EmbeddingModel) => ({
  loss: new SparseMultipleNegativesRankingLoss(model),
  documentRegularizerWeight: 0.5,
  queryRegularizerWeight: 0.25,
});
const plainLoss = (model: EmbeddingModel) => new SpladeLoss(model, optionsFor(model));
const cachedLoss = (model: EmbeddingModel, more: Partial<CachedSpladeLossOptions> = {}) =>
  new CachedSpladeLoss(model, { ...optionsFor(model), miniBatchSize: 2, ...more });

const features = [tokenColumn(1, [2, 4, 1, 3]), tokenColumn(2, [5, 1, 6, 2])];
const others = [tokenColumn(5, [3, 1, 1]), tokenColumn(6, [2, 2, 4])];
const total = (loss: SpladeLoss, batch: Features[] = features) => totalLoss(loss.forward(batch));

describe('the gradient cache', () => {
  it('holds the activations of one mini-batch, however large the batch', () => {
    const LENGTH = 32;
    const encoder = newEncoder({ dimensions: 8 });
    const peak = (loss: SpladeLoss, rows: number): number => {
      const lengths = Array.from({ length: rows }, () => LENGTH);
      const batch = [tokenColumn(1, lengths), tokenColumn(2, lengths)];
      return peakBytes(() => void variableOutcome(() => total(loss, batch)));
    };
    const growth = (loss: SpladeLoss): number => (peak(loss, 16) - peak(loss, 8)) / 8;
    const embeddingBytes = 2 * 8 * 4;
    const activationBytes = embeddingBytes * LENGTH;
    // The replay keeps the inputs as clones, which share their data but which tfjs counts again.
    const inputBytes = 2 * 2 * LENGTH * 4;
    expect(growth(plainLoss(encoder))).toBeGreaterThan(activationBytes);
    expect(growth(cachedLoss(encoder))).toBeLessThan(inputBytes + 10 * embeddingBytes);
  });

  it('does not differentiate labels that a base loss only compares, unless their gradient is requested', () => {
    const encoder = newEncoder();
    const comparing = {
      computeLossFromEmbeddings: ([a, b]: EmbeddingColumns, labels?: tf.Tensor) =>
        tf.tidy(() =>
          tf
            .where((labels as tf.Tensor).greater(0.5), tf.mul(a as tf.Tensor2D, b as tf.Tensor2D).sum(1), 0)
            .mean<tf.Scalar>(),
        ),
    };
    const labels = tf.tensor1d([0, 1, 1, 0]);
    const gradients = (Wrapper: typeof SpladeLoss | typeof CachedSpladeLoss) =>
      variableOutcome(() =>
        totalLoss(
          new Wrapper(encoder, { ...optionsFor(encoder), loss: comparing }).forward(features, labels),
        ),
      );
    expect(gradientDifference(gradients(CachedSpladeLoss), gradients(SpladeLoss))).toBeLessThan(1e-5);
    labels.dispose();
  });

  it('replays from inputs that exist for one forward only', () => {
    const encoder = newEncoder();
    const within = (loss: SpladeLoss) =>
      variableOutcome(() =>
        tf.tidy(() => total(loss, [tokenColumn(1, [3, 2, 4]), tokenColumn(2, [1, 4, 2])])),
      );
    const found = within(cachedLoss(encoder));
    const expected = within(plainLoss(encoder));
    expect(found.value).toBeCloseTo(expected.value, 5);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('reads nothing but its inputs', () => {
    const read = vi.spyOn(tf.engine(), 'readSync');
    const encoder = newEncoder();
    const { value, grads } = tf.variableGrads(() => total(cachedLoss(encoder, { miniBatchNumTokens: 6 })));
    const inputs = features.flatMap((column) => Object.values(column) as tf.Tensor[]);
    const known = new Set(inputs.map((tensor) => tensor.dataId));
    expect(read).toHaveBeenCalled();
    expect(read.mock.calls.every(([dataId]) => known.has(dataId))).toBe(true);
    tf.dispose([value, grads]);
  });

  it('gives the right gradient after two forwards before one backward', () => {
    const encoder = newEncoder();
    const both = (loss: SpladeLoss) =>
      variableOutcome(() => total(loss, features).mul(2).add(total(loss, others)));
    const found = both(cachedLoss(encoder));
    const expected = both(plainLoss(encoder));
    expect(found.value).toBeCloseTo(expected.value, 5);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('neither embeds a second time nor computes gradients if none is requested', () => {
    const encoder = newEncoder();
    tf.dispose(cachedLoss(encoder).forward(features));
    expect(encoder.seenShapes).toHaveLength(4);
  });

  it('cuts off what is padding for all rows of a mini-batch', () => {
    const encoder = newEncoder();
    const batch = [tokenColumn(1, [2, 4, 1, 3], 9), tokenColumn(2, [5, 1, 6, 2], 9)];
    const loss = cachedLoss(encoder);
    const found = variableOutcome(() => total(loss, batch));
    const once = [
      [2, 4],
      [2, 3],
      [2, 5],
      [2, 6],
    ];
    expect(encoder.seenShapes).toEqual([...once, ...once]);
    expect(
      gradientDifference(
        found,
        variableOutcome(() => total(plainLoss(encoder), batch)),
      ),
    ).toBeLessThan(2e-6);
  });

  it('names a column that the loss does not use', () => {
    const encoder = newEncoder();
    const loss = {
      computeLossFromEmbeddings: ([first]: EmbeddingColumns) => tf.sum<tf.Scalar>(first as tf.Tensor2D),
    };
    const unregularized = { computeLossFromEmbeddings: () => tf.scalar(0) };
    const wrapper = cachedLoss(encoder, { loss, documentRegularizer: unregularized });
    expect(() => variableOutcome(() => total(wrapper))).toThrow(InputError);
    expect(() => variableOutcome(() => total(wrapper))).toThrow(/do not use column 1/);
  });
});

describe('the variables of the gradient cache', () => {
  it('are those that the model lists, where it lists them', () => {
    const encoder = newEncoder();
    const listing: EmbeddingModel = {
      forward: (column) => encoder.forward(column),
      trainableVariables: () => [encoder.dense],
    };
    const { gradients } = variableOutcome(() => total(cachedLoss(listing)), [encoder.dense]);
    const expected = variableOutcome(() => total(plainLoss(encoder)), [encoder.dense]);
    expect(gradientDifference({ value: 0, gradients }, expected)).toBeLessThan(2e-6);
    const all = variableOutcome(() => total(cachedLoss(listing)));
    expect(Object.keys(all.gradients)).toEqual([encoder.dense.name]);
  });

  it('leave out those that are frozen', () => {
    const encoder = newEncoder();
    encoder.table.trainable = false;
    const found = variableOutcome(() => total(cachedLoss(encoder)));
    expect(Object.keys(found.gradients).toSorted()).toEqual(
      [encoder.dense.name, encoder.bias.name].toSorted(),
    );
    expect(
      gradientDifference(
        found,
        variableOutcome(() => total(plainLoss(encoder))),
      ),
    ).toBeLessThan(2e-6);
  });

  it('cost nothing in the backward pass where they are frozen', () => {
    const encoder = newEncoder();
    const tableGradients = (): number => {
      const spy = vi.spyOn(tf.engine(), 'runKernel');
      variableOutcome(() => total(cachedLoss(encoder)));
      const names = spy.mock.calls.map(([kernel]) => kernel);
      spy.mockRestore();
      return names.filter((name) => name === 'UnsortedSegmentSum').length;
    };
    expect(tableGradients()).toBe(4);
    encoder.table.trainable = false;
    expect(tableGradients()).toBe(0);
  });

  it('may be asked for in part', () => {
    const encoder = newEncoder();
    const found = variableOutcome(() => total(cachedLoss(encoder)), [encoder.bias]);
    const expected = variableOutcome(() => total(plainLoss(encoder)), [encoder.bias]);
    expect(Object.keys(found.gradients)).toEqual([encoder.bias.name]);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('train: steps of an optimizer end where those of SpladeLoss end', () => {
    const encoder = newEncoder();
    const start = encoder.weights.map((weight) => weight.clone());
    const trained = (loss: SpladeLoss): number[] => {
      encoder.weights.forEach((weight, i) => weight.assign(start[i] as tf.Tensor));
      const optimizer = tf.train.sgd(0.1);
      for (let step = 0; step < 3; step++) optimizer.minimize(() => total(loss), false, encoder.weights);
      return encoder.weights.flatMap((weight) => Array.from(weight.dataSync()));
    };
    const expected = trained(plainLoss(encoder));
    trained(cachedLoss(encoder)).forEach((weight, i) => {
      expect(weight).toBeCloseTo(expected[i] ?? NaN, 5);
    });
  });
});

describe('random draws of the model', () => {
  const dropout = 0.4;

  it('are the same in the backward pass as in the forward pass', () => {
    const encoder = newEncoder({ dropout });
    const restart = encoder.captureRandomState();
    const expected = variableOutcome(() => total(plainLoss(encoder)));
    restart();
    // With all rows in one mini-batch, both losses draw the same numbers in the same order.
    const found = variableOutcome(() => total(cachedLoss(encoder, { miniBatchSize: 32 })));
    expect(found.value).toBeCloseTo(expected.value, 5);
    expect(gradientDifference(found, expected)).toBeLessThan(2e-6);
  });

  it('are replayed per mini-batch, also after other forwards', () => {
    const encoder = newEncoder({ dropout });
    const loss = cachedLoss(encoder);
    const gradientOf = (disturb: () => void) => {
      const restore = encoder.captureRandomState();
      const outcome = variableOutcome(() => {
        const value = total(loss);
        disturb();
        return value;
      });
      restore();
      return outcome;
    };
    const undisturbed = gradientOf(() => undefined);
    const disturbed = gradientOf(() =>
      tf.dispose(encoder.forward(others[0] as Features)['sentenceEmbedding']),
    );
    expect(disturbed).toEqual(undisturbed);
  });

  it('go on after a backward pass where the forward passes ended', () => {
    const encoder = newEncoder({ dropout });
    const loss = cachedLoss(encoder);
    variableOutcome(() => total(loss).add(total(loss, others)));
    // Two mini-batches for each of four columns.
    expect(encoder.draws).toBe(8);
  });
});

/** The peak bytes of tensors while `run` runs, beyond those that exist before. */
function peakBytes(run: () => void): number {
  const engine = tf.engine();
  const runKernel = engine.runKernel.bind(engine);
  const before = tf.memory().numBytes;
  let peak = 0;
  const spy = vi.spyOn(engine, 'runKernel').mockImplementation((...args) => {
    const result = runKernel(...args);
    peak = Math.max(peak, tf.memory().numBytes - before);
    return result;
  });
  run();
  spy.mockRestore();
  return peak;
}
