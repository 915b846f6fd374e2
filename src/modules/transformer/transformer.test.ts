import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { ENGINES } from '../../engine-names.js';
import { compile } from '../../engine/compile/compile.js';
import { setEngine } from '../../engine/set-engine.js';
import { InputError } from '../../errors.js';
import type { Features } from '../../features.js';
import {
  featuresOf,
  outputOf,
  TINY_CASES,
  type TinyCase,
  tinyParameters,
  type Tokens,
  tinyTokens,
} from '../../testing/tiny-checkpoints.js';
import { type Dropout, SeededDropout } from '../dropout.js';
import type { Module } from '../module.js';
import type { Parameters } from '../parameters.js';
import type { Task } from './transformer-config.js';
import { transformerKind } from './transformer.js';

const ready = (
  await Promise.all(
    ENGINES.map((name) =>
      setEngine(name).then(
        () => [name],
        () => [],
      ),
    ),
  )
).flat();

afterAll(() => setEngine('onnx'));

interface Made {
  readonly module: Module;
  readonly parameters: Parameters;
}

const find = (name: string): TinyCase => TINY_CASES.find((one) => one.name.startsWith(name)) as TinyCase;

function make({ one, task, config = {} }: { one: TinyCase; task: Task; config?: object }): Made {
  const modelConfig = { ...one.config, ...config };
  const read = transformerKind.readConfig({ transformer_task: task }, { modelConfig });
  const parameters = tinyParameters(transformerKind.parameters(read));
  return { module: transformerKind.create(read, parameters), parameters };
}

const EVAL = { mode: 'eval' } as const;

async function numbersOf(tensor: tf.Tensor): Promise<number[]> {
  return [...(await tensor.data())];
}

const run = async (module: Module, tokens: Tokens): Promise<number[]> =>
  await numbersOf(tf.tidy(() => outputOf(module.forward(featuresOf(tokens), EVAL))));

function difference(found: readonly number[], expected: readonly number[]): number {
  const scale = expected.reduce((most, x) => Math.max(most, Math.abs(x)), 0);
  const worst = expected.reduce((most, x, i) => Math.max(most, Math.abs(x - (found[i] ?? NaN))), 0);
  return found.length === expected.length ? worst / scale : Infinity;
}

/** The output at the tokens of a text, one row after the other. */
function atTokens(output: readonly number[], { attentionMask }: Tokens, text: number): number[] {
  const width = output.length / attentionMask.flat().length;
  const length = attentionMask[text]?.length ?? 0;
  return (attentionMask[text] ?? []).flatMap((isToken, at) =>
    isToken === 1 ? output.slice((text * length + at) * width, (text * length + at + 1) * width) : [],
  );
}

const mapRows = (tokens: Tokens, change: (row: number[], name: keyof Tokens) => number[]): Tokens =>
  Object.fromEntries(
    Object.entries(tokens).map(([name, rows]: [string, number[][]]) => [
      name,
      rows.map((row) => change(row, name as keyof Tokens)),
    ]),
  ) as unknown as Tokens;

const only = (tokens: Tokens, text: number): Tokens =>
  Object.fromEntries(
    Object.entries(tokens).map(([name, rows]: [string, number[][]]) => [name, rows.slice(text, text + 1)]),
  ) as unknown as Tokens;

// The other task is a part of this one.
describe.each(TINY_CASES)('$name', (one) => {
  const task = 'fill-mask';
  beforeEach(() => setEngine('cpu'));

  it('gives a text the same outputs alone as in a batch, and with more padding behind', async () => {
    const { module } = make({ one, task });
    const tokens = tinyTokens(one);
    const padding = tokens.inputIds[1]?.at(-1) ?? 0;
    const padded = mapRows(tokens, (row, name) => [
      ...row,
      ...[0, 0, 0].fill(name === 'inputIds' ? padding : 0),
    ]);
    const [together, wider] = [await run(module, tokens), await run(module, padded)];
    for (const text of [0, 1, 2, 3]) {
      const alone = atTokens(await run(module, only(tokens, text)), only(tokens, text), 0);
      expect(difference(alone, atTokens(together, tokens, text))).toBeLessThan(2e-6);
      expect(difference(atTokens(wider, padded, text), atTokens(together, tokens, text))).toBeLessThan(2e-6);
    }
  });

  it.each(ready.filter((engine) => engine !== 'cpu'))('is the same on the %s engine', async (engine) => {
    const outcome = async (): Promise<number[][]> => {
      const { module, parameters } = make({ one, task });
      const features = featuresOf(tinyTokens(one));
      const loss = (): tf.Scalar => outputOf(module.forward(features, EVAL)).square().mean();
      const { value, grads } = tf.variableGrads(
        loss,
        parameters.entries().map(([, variable]) => variable),
      );
      const found = await Promise.all(
        [value, ...parameters.entries().map(([, { name }]) => grads[name] as tf.Tensor)].map(numbersOf),
      );
      tf.dispose(parameters.entries().map(([, variable]) => variable));
      return found;
    };
    const expected = await outcome();
    await setEngine(engine);
    const found = await outcome();
    const largest = Math.max(...expected.flat().map(Math.abs));
    const worst = expected.flatMap((tensor, i) =>
      tensor.map((x, at) => Math.abs(x - (found[i]?.[at] ?? NaN))),
    );
    expect(Math.max(...worst) / largest).toBeLessThan(1e-5);
  });
});

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

describe('a task', () => {
  const [one] = TINY_CASES as [TinyCase];
  beforeEach(() => setEngine('cpu'));

  it('feature-extraction adds hidden states and nothing else that stays', () => {
    const { module } = make({ one, task: 'feature-extraction' });
    const features = featuresOf(tinyTokens(one));
    const before = tf.memory().numTensors;
    const { tokenEmbeddings, ...others } = module.forward(features, EVAL);
    expect(tokenEmbeddings?.shape).toEqual([4, one.length, 32]);
    expect(tf.memory().numTensors).toBe(before + 1);
    expect(others).toEqual(features);
    expect(features.tokenEmbeddings).toBeUndefined();
  });

  it('fill-mask adds what logits are made of, and its user may dispose it', () => {
    const { module } = make({ one, task: 'fill-mask' });
    const features = featuresOf(tinyTokens(one));
    const before = tf.memory().numTensors;
    const { predictionStates, decoderWeight, decoderBias, ...others } = module.forward(features, EVAL);
    expect(predictionStates?.shape).toEqual([4, one.length, 32]);
    expect(decoderWeight?.shape).toEqual([97, 32]);
    expect(decoderBias?.shape).toEqual([97]);
    expect(others).toEqual(features);
    tf.dispose([predictionStates, decoderWeight, decoderBias] as tf.Tensor[]);
    expect(tf.memory().numTensors).toBe(before);
    expect(module.parameters.entries().some(([, variable]) => variable.isDisposed)).toBe(false);
  });
});

// Where positions are counted over tokens, another token at padding would move them.
it.each(
  TINY_CASES.filter(({ config }) =>
    /^(albert|bert|deberta-v2|distilbert|electra|gte|modernbert|new)$/.test(String(config['model_type'])),
  ),
)('$name does not depend on what stands at padding', async (one) => {
  await setEngine('cpu');
  const { module } = make({ one, task: 'feature-extraction' });
  const tokens = tinyTokens(one);
  const inputIds = tokens.inputIds.map((row, text) =>
    row.map((id, at) => (tokens.attentionMask[text]?.[at] === 0 ? 50 : id)),
  );
  const [found, expected] = [await run(module, { ...tokens, inputIds }), await run(module, tokens)];
  for (const text of [1, 2]) {
    expect(difference(atTokens(found, tokens, text), atTokens(expected, tokens, text))).toBeLessThan(2e-6);
  }
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
      const dropout = new SeededDropout(4);
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

describe('features that a transformer cannot take', () => {
  const [one] = TINY_CASES as [TinyCase];
  const { module } = make({ one, task: 'feature-extraction' });
  const ids = (...shape: number[]): tf.Tensor => tf.zeros(shape, 'int32');

  it.each<[string, () => Features]>([
    ['inputIds are missing; a transformer expects [texts, tokens]', () => ({})],
    ['inputIds are of shape [5]; a transformer expects [texts, tokens]', () => ({ inputIds: ids(5) })],
    [
      'attentionMask has shape [2, 4]; expected [2, 5], that of inputIds',
      () => ({ inputIds: ids(2, 5), attentionMask: ids(2, 4) }),
    ],
    [
      'the texts are 65 tokens long; the transformer takes 64 at most',
      () => ({ inputIds: ids(1, 65), attentionMask: ids(1, 65) }),
    ],
  ])('%s', (message, features) => {
    expect(() => module.forward(features(), EVAL)).toThrow(new InputError(message));
  });

  it('takes all places for tokens where there is no mask', async () => {
    await setEngine('cpu');
    const tokens = only(tinyTokens(one), 0);
    const { module: here } = make({ one, task: 'feature-extraction' });
    const { attentionMask: _, ...unmasked } = featuresOf(tokens);
    expect(await numbersOf(outputOf(here.forward(unmasked, EVAL)))).toEqual(await run(here, tokens));
  });
});
