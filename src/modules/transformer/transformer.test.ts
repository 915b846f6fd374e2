import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { InputError } from '../../errors.js';
import type { Features } from '../../features.js';
import { readyEngines } from '../../testing/ready-engines.js';
import { TINY_CASES, type TinyCase } from '../../testing/tiny-cases.js';
import { featuresOf, outputOf, type Tokens, tinyTokens } from '../../testing/tiny-checkpoints.js';
import { difference, EVAL, make, numbersOf, only, run } from '../../testing/tiny-forward.js';

const ready = await readyEngines();

afterAll(() => setEngine('onnx'));

/** The outputs at the tokens of a text, row by row. */
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

// If positions count tokens, another token in place of padding would shift them.
it.each(
  TINY_CASES.filter(({ config }) =>
    /^(albert|bert|deberta-v2|distilbert|electra|gte|modernbert|new)$/.test(String(config['model_type'])),
  ),
)('$name does not depend on the ids at padding', async (one) => {
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

describe('features that a transformer cannot take', () => {
  const [one] = TINY_CASES as [TinyCase];
  const { module } = make({ one, task: 'feature-extraction' });
  const ids = (...shape: number[]): tf.Tensor => tf.zeros(shape, 'int32');

  it.each<[string, () => Features]>([
    ['inputIds are missing; a transformer expects [texts, tokens]', () => ({})],
    ['inputIds are of shape [5]; a transformer expects [texts, tokens]', () => ({ inputIds: ids(5) })],
    [
      'attentionMask has shape [2, 4]; expected [2, 5], like inputIds',
      () => ({ inputIds: ids(2, 5), attentionMask: ids(2, 4) }),
    ],
    [
      'the texts are 65 tokens long; the transformer takes 64 at most',
      () => ({ inputIds: ids(1, 65), attentionMask: ids(1, 65) }),
    ],
  ])('%s', (message, features) => {
    expect(() => module.forward(features(), EVAL)).toThrow(new InputError(message));
  });

  it('treats all positions as tokens without a mask', async () => {
    await setEngine('cpu');
    const tokens = only(tinyTokens(one), 0);
    const { module: here } = make({ one, task: 'feature-extraction' });
    const { attentionMask: _, ...unmasked } = featuresOf(tokens);
    expect(await numbersOf(outputOf(here.forward(unmasked, EVAL)))).toEqual(await run(here, tokens));
  });
});
