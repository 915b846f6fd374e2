import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, UsageError } from '../errors.js';
import type { Features } from '../features.js';
import { totalLoss } from '../losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { MODELS } from '../testing/files/damaged-model.js';
import { AdamW } from './adamw.js';
import { bindAdamW, type BoundOptimizer, type NamedVariable } from './bound-optimizer.js';
import { decaysWeights } from './decay.js';

const MODEL = join(MODELS, 'splade-bert');
const COLUMNS = [
  ['a cloud of particles', 'a sword handle', 'a word'],
  ['particles', 'the handle of a sword', 'part of a sentence'],
];
const OPTIONS = { learningRate: 1e-2, maxGradientNorm: 1 };

/** An encoder and one step of its training, which uses the same texts each time. */
async function training() {
  const encoder = await SparseEncoder.load(MODEL);
  encoder.mode = 'train';
  const loss = new SpladeLoss(encoder, {
    loss: new SparseMultipleNegativesRankingLoss(encoder),
    documentRegularizerWeight: 0.01,
    queryRegularizerWeight: 0.01,
  });
  const columns = await Promise.all(COLUMNS.map((texts) => encoder.preprocess(texts)));
  const stepOf = (variables: tf.Variable[]) =>
    compile((features: Features[]) => {
      const { value, grads } = tf.variableGrads(() => totalLoss(loss.forward(features)), variables);
      return { value, gradients: variables.map(({ name }) => grads[name] as tf.Tensor) };
    });
  return { encoder, columns, stepOf };
}

const valuesOf = (named: readonly NamedVariable[]): Promise<[string, Float32Array][]> =>
  Promise.all(named.map(async ([name, each]) => [name, (await each.data()).slice() as Float32Array]));

beforeAll(() => setEngine('onnx'));
beforeEach(() => tf.disposeVariables());

describe('bindAdamW', () => {
  it('trains an encoder, which encodes with the new values after each step, as AdamW by hand would', async () => {
    const { encoder, columns, stepOf } = await training();
    const before = await encoder.encode('a sword');
    const optimizer = await bindAdamW(encoder, OPTIONS);
    const step = stepOf(optimizer.variables);
    const initial = await valuesOf(
      optimizer.names.map((name, index) => [name, optimizer.variables[index] as tf.Variable]),
    );
    const byHand = new AdamW(
      initial.map(([name, values]) => ({
        parameters: [values],
        ...(decaysWeights(name) ? {} : { weightDecay: 0 }),
      })),
      OPTIONS,
    );
    const losses: number[] = [];
    for (let taken = 0; taken < 4; taken++) {
      const { value, gradients } = await step(columns);
      losses.push((await value.data())[0] ?? NaN);
      const arrays = await Promise.all(gradients.map(async (each) => (await each.data()) as Float32Array));
      const norm = byHand.step(arrays.map((each) => each.slice()));
      expect(optimizer.step(gradients)).toBe(norm);
      tf.dispose([value, gradients]);
    }
    expect(losses.at(-1)).toBeLessThan((losses[0] ?? 0) - 0.01);
    expect(optimizer.steps).toBe(4);
    for (const [index, variable] of optimizer.variables.entries()) {
      expect(await variable.data()).toEqual(byHand.parameters[index]);
    }
    encoder.mode = 'eval';
    expect(await encoder.encode('a sword')).not.toEqual(before);
    const theirs = optimizer.names.filter((name) => !decaysWeights(name));
    expect(theirs).toContain('0.model.bert.encoder.layer.0.attention.output.LayerNorm.weight');
    expect(theirs).toContain('0.model.bert.encoder.layer.0.intermediate.dense.bias');
  });

  it('continues from its state bit for bit, with another encoder of the same parameters', async () => {
    const steps = async (
      from: Awaited<ReturnType<typeof training>>,
      optimizer: BoundOptimizer,
      count: number,
    ) => {
      const step = from.stepOf(optimizer.variables);
      for (let taken = 0; taken < count; taken++) {
        const { value, gradients } = await step(from.columns);
        optimizer.step(gradients);
        tf.dispose([value, gradients]);
      }
    };
    const first = await training();
    first.encoder.mode = 'eval';
    const optimizer = await bindAdamW(first.encoder, OPTIONS);
    await steps(first, optimizer, 2);
    const saved = structuredClone(optimizer.state());
    const middle = await valuesOf(first.encoder.namedParameters());
    await steps(first, optimizer, 2);

    const second = await training();
    second.encoder.mode = 'eval';
    const named = new Map(middle);
    for (const [name, variable] of second.encoder.namedParameters()) {
      tf.tidy(() => variable.assign(tf.tensor(named.get(name) as Float32Array, variable.shape)));
    }
    const resumed = await bindAdamW(second.encoder, OPTIONS);
    resumed.load(saved);
    expect(resumed.steps).toBe(2);
    await steps(second, resumed, 2);
    expect(await valuesOf(second.encoder.namedParameters())).toEqual(
      await valuesOf(first.encoder.namedParameters()),
    );
    expect(resumed.state()).toEqual(optimizer.state());
  });

  it('accepts settings for each parameter by its name', async () => {
    const named: NamedVariable[] = ['a', 'b'].map((name) => [name, tf.variable(tf.ones([2]))]);
    const optimizer = await bindAdamW(named, {
      learningRate: 0.5,
      settingsFor: (name) => (name === 'a' ? { learningRate: 0.1 } : { weightDecay: 0.2 }),
    });
    expect(optimizer.groups).toEqual([
      { learningRate: 0.1, weightDecay: 0.01 },
      { learningRate: 0.5, weightDecay: 0.2 },
    ]);
  });

  it('says what it expected if the input is wrong, and changes nothing', async () => {
    const [a, b] = [tf.variable(tf.ones([2])), tf.variable(tf.ones([2]))];
    await expect(bindAdamW([])).rejects.toThrow('there is no trainable parameter');
    await expect(
      bindAdamW([
        ['a', a],
        ['a', b],
      ]),
    ).rejects.toThrow('two parameters are named a');
    await expect(
      bindAdamW([
        ['a', a],
        ['b', a],
      ]),
    ).rejects.toThrow('a and b are the same variable');
    const numbers = tf.variable(tf.zeros([2], 'int32'));
    await expect(bindAdamW([['a', numbers]])).rejects.toThrow('a has the type int32; expected float32');
    await expect(bindAdamW({} as never)).rejects.toThrow(InputError);
    const optimizer = await bindAdamW([['a', a]]);
    const state = optimizer.state();
    const moments = { first: new Float32Array(2), second: new Float32Array(2) };
    expect(() => optimizer.load({ steps: 1, moments: {} })).toThrow('the state has no moments of a');
    expect(() => optimizer.load({ steps: 1, moments: { a: moments, c: moments } })).toThrow(
      'moments of c, which is not bound',
    );
    expect(() => optimizer.step([])).toThrow('AdamW.step got 0 gradients; expected 1');
    expect(optimizer.state()).toEqual(state);
    await setEngine('cpu');
    try {
      await expect(bindAdamW([['b', b]])).rejects.toThrow(UsageError);
    } finally {
      await setEngine('onnx');
    }
  });
});
