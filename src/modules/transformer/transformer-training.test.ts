// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile } from '../../engine/compile/compile.js';
import { setEngine } from '../../engine/set-engine.js';
import type { Features } from '../../features.js';
import { readyEngines } from '../../testing/ready-engines.js';
import { TINY_CASES } from '../../testing/tiny-cases.js';
import { featuresOf, outputOf, type Tokens, tinyTokens } from '../../testing/tiny-checkpoints.js';
import { difference, EVAL, find, type Made, make, numbersOf } from '../../testing/tiny-forward.js';
import { type Dropout, seededDropout } from '../dropout.js';

const ready = await readyEngines();

afterAll(() => setEngine('onnx'));

// The options of an architecture change nothing in what depends on the sizes.
it.each(
  [
    'BERT',
    'DistilBERT',
    'RoBERTa',
    'MPNet, untied',
    'ELECTRA',
    'ALBERT with groups',
    'DeBERTa-v2 with buckets',
    'DeBERTa-v2 in the style',
    'GTE',
    'ModernBERT with a list',
  ].map(find),
)('$name is compiled once for every number of texts and tokens, forward and backward', async (one) => {
  const calls = [
    [1, 3],
    [4, one.length],
  ] as const;
  const part = (tokens: Tokens, texts: number, length: number): Tokens =>
    Object.fromEntries(
      Object.entries(tokens).map(([name, rows]: [string, number[][]]) => [
        name,
        rows.slice(0, texts).map((row) => row.slice(0, length)),
      ]),
    ) as unknown as Tokens;
  const step =
    ({ module, parameters }: Made) =>
    (features: Features): tf.Tensor[] => {
      const loss = (): tf.Scalar => outputOf(module.forward(features, EVAL)).square().mean();
      const { value, grads } = tf.variableGrads(
        loss,
        parameters.entries().map(([, variable]) => variable),
      );
      return [value, ...parameters.entries().map(([, { name }]) => (grads[name] as tf.Tensor).flatten())];
    };

  await setEngine('cpu');
  const plain = make({ one, task: 'fill-mask' });
  const expected = [];
  for (const [texts, length] of calls) {
    const results = tf.tidy(() => step(plain)(featuresOf(part(tinyTokens(one), texts, length))));
    expected.push((await Promise.all(results.map(numbersOf))).flat());
  }

  await setEngine('onnx');
  const made = make({ one, task: 'fill-mask' });
  let recordings = 0;
  const names = Object.keys(tinyTokens(one)).map(() => ['batch', 'length']);
  const compiled = compile(
    (features: Record<string, tf.Tensor>) => {
      recordings++;
      return step(made)(features);
    },
    { name: 'step', dimensions: names },
  );
  let atFirst = 0;
  for (const [index, [texts, length]] of calls.entries()) {
    const features = featuresOf(part(tinyTokens(one), texts, length)) as Record<string, tf.Tensor>;
    const results = await compiled(features);
    const found = (await Promise.all(results.map(numbersOf))).flat();
    expect(difference(found, expected[index] ?? [])).toBeLessThan(1e-5);
    atFirst ||= recordings;
  }
  expect(recordings).toBe(atFirst);
  await compiled.dispose();
});

describe('gradients', () => {
  it.each(TINY_CASES)('of $name agree with differences of its outputs', async (one) => {
    await setEngine('cpu');
    const { module, parameters } = make({ one, task: 'fill-mask' });
    const features = featuresOf(tinyTokens({ ...one, length: 12 }));
    const variables = parameters.entries().map(([, variable]) => variable);
    // Along the gradient itself the difference is largest; the padding token's row is left out of it by definition.
    const loss = (): tf.Scalar => tf.tidy(() => outputOf(module.forward(features, EVAL)).sin().mean());
    const { grads } = tf.variableGrads(loss, variables);
    const moved = variables.filter(({ shape }) => shape[0] !== 97 && shape.length > 0 && shape[0] !== 64);
    const norm = Math.sqrt(
      (await Promise.all(moved.map(({ name }) => numbersOf((grads[name] as tf.Tensor).square().sum()))))
        .flat()
        .reduce((total, x) => total + x, 0),
    );
    const step = 0.01 / norm;
    const lossAt = async (along: number): Promise<number> => {
      for (const variable of moved) {
        tf.tidy(() => variable.assign(variable.add((grads[variable.name] as tf.Tensor).mul(along * step))));
      }
      const [value = NaN] = await numbersOf(loss());
      for (const variable of moved) {
        tf.tidy(() => variable.assign(variable.sub((grads[variable.name] as tf.Tensor).mul(along * step))));
      }
      return value;
    };
    const slope = ((await lossAt(1)) - (await lossAt(-1))) / (2 * step);
    expect(Math.abs(slope / norm ** 2 - 1)).toBeLessThan(0.02);
  });
});

describe('dropout', () => {
  /** Rates and shapes of what is dropped. */
  function spy(): Dropout & { calls: [number, number[]][] } {
    const calls: [number, number[]][] = [];
    return {
      calls,
      apply: (x, rate) => {
        calls.push([rate, x.shape]);
        return x;
      },
    };
  }
  it.each([
    [
      'BERT',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 },
      [0.2, 0.3, 0.2, 0.2, 0.3, 0.2, 0.2],
    ],
    [
      'MPNet, untied',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 },
      [0.2, 0.3, 0.2, 0.2, 0.3, 0.2, 0.2],
    ],
    [
      'ELECTRA',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 },
      [0.2, 0.3, 0.2, 0.2, 0.3, 0.2, 0.2],
    ],
    [
      'ALBERT',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3, num_hidden_layers: 2 },
      [0.2, 0.3, 0.2, 0, 0.3, 0.2, 0],
    ],
    [
      'DeBERTa-v2 with buckets',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 },
      // The table of relative positions in each layer; the convolution beside the first.
      [0.2, 0.2, 0.3, 0.2, 0.2, 0.2, 0.2, 0.3, 0.2, 0.2],
    ],
    [
      'GTE',
      { hidden_dropout_prob: 0.2, attention_probs_dropout_prob: 0.3 },
      [0.2, 0.3, 0.2, 0.2, 0.2, 0.3, 0.2, 0.2, 0.2],
    ],
    ['DistilBERT', { dropout: 0.2, attention_dropout: 0.3 }, [0.2, 0.3, 0, 0.2, 0.3, 0, 0.2]],
    [
      'ModernBERT past',
      { embedding_dropout: 0.1, attention_dropout: 0.2, mlp_dropout: 0.3, num_hidden_layers: 2 },
      [0.1, 0.2, 0.2, 0.3, 0.2, 0.2, 0.3],
    ],
  ])('of %s is where the reference has it', async (name, config, rates) => {
    await setEngine('cpu');
    const { module } = make({ one: find(name), task: 'fill-mask', config });
    const features = featuresOf(tinyTokens(find(name)));
    const dropout = spy();
    module.forward(features, { mode: 'train', dropout });
    expect(dropout.calls.map(([rate]) => rate)).toEqual(rates);
    // Probabilities are those with an axis for the heads.
    expect(dropout.calls.filter(([, shape]) => shape.length === 4)).toHaveLength(2);
    for (const mode of ['eval', 'inference'] as const) module.forward(features, { mode, dropout });
    expect(dropout.calls).toHaveLength(rates.length);
  });

  it.each(ready)('changes outputs and gradients on the %s engine as on cpu', async (engine) => {
    const outcome = async (): Promise<number[]> => {
      const { module, parameters } = make({ one: find('BERT'), task: 'fill-mask' });
      const dropout = seededDropout(4);
      const features = featuresOf(tinyTokens(find('BERT')));
      const variables = parameters.entries().map(([, variable]) => variable);
      const loss = (): tf.Scalar =>
        outputOf(module.forward(features, { mode: 'train', dropout }))
          .square()
          .mean();
      const { value, grads } = tf.variableGrads(loss, variables);
      const tensors = [value, ...variables.map(({ name }) => grads[name] as tf.Tensor)];
      return (await Promise.all(tensors.map(numbersOf))).flat();
    };
    await setEngine('cpu');
    const expected = await outcome();
    const { module } = make({ one: find('BERT'), task: 'fill-mask' });
    const [plain] = await numbersOf(
      outputOf(module.forward(featuresOf(tinyTokens(find('BERT'))), EVAL))
        .square()
        .mean(),
    );
    expect(expected[0]).not.toBeCloseTo(plain ?? NaN, 3);
    await setEngine(engine);
    expect(difference(await outcome(), expected)).toBeLessThan(1e-5);
  });
});
