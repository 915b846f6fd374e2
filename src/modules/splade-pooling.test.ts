import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { deviation } from '../testing/gradients.js';
import { entryOf, sum } from '../testing/plain-math.js';
import {
  embed,
  type Given,
  inputsOf,
  plainSplade,
  POOLINGS,
  type SpladeCase,
  spladeCase,
  type SpladeOutcome,
  spladeOutcome,
} from '../testing/splade.js';
import { spladePooling } from './splade-pooling.js';

const MASKS = {
  'no padding': [
    [1, 1, 1],
    [1, 1, 1],
  ],
  'padding at the end': [
    [1, 1, 1, 1],
    [1, 0, 0, 0],
    [1, 1, 0, 0],
  ],
  'padding at the beginning': [
    [0, 0, 1, 1],
    [1, 1, 1, 1],
    [0, 0, 0, 1],
  ],
  'padding anywhere': [
    [0, 1, 0, 1, 0],
    [1, 0, 0, 0, 1],
  ],
  'a text without tokens': [
    [0, 0, 0],
    [1, 0, 1],
  ],
};
const GIVEN: readonly Given[] = ['states', 'logits'];

const near = (numbers: readonly number[], digits = 5): unknown[] =>
  numbers.map((x): unknown => expect.closeTo(x, digits));

/** Embeddings and gradients, each compared approximately. */
const nearOutcome = (outcome: SpladeOutcome): Record<string, unknown[]> =>
  Object.fromEntries(
    Object.entries({ ...outcome }).map(([name, numbers]: [string, number[]]) => [name, near(numbers)]),
  );

describe('the formula, in plain float64 numbers', () => {
  beforeAll(() => setEngine('cpu'));

  const cases = POOLINGS.flatMap((pooling) =>
    Object.entries(MASKS).flatMap(([name, mask]) =>
      GIVEN.map((given) => ({ ...pooling, name, mask, given })),
    ),
  );

  it.each(cases)(
    'is what embeddings and gradients follow: $poolingStrategy of $activationFunction, $name, from $given',
    ({ mask, given, poolingStrategy, activationFunction }) => {
      const pooling = { poolingStrategy, activationFunction };
      const one = spladeCase(mask.length + mask.flat().length, mask);
      const inputs = inputsOf(one);
      const { value, gradient } = deviation(
        ([states, decoder, bias]) =>
          embed(
            {
              states: states?.reshape(inputs.states.shape) as tf.Tensor3D,
              decoder: decoder as tf.Tensor2D,
              bias: bias?.flatten() as tf.Tensor1D,
              mask: inputs.mask,
            },
            pooling,
            given,
          )
            .mul(tf.tensor2d(one.weights.map((row) => [...row])))
            .sum(),
        ([states = [], decoder = [], bias = []]) => {
          const embeddings = plainSplade({ mask, states, decoder, bias: bias[0] ?? [] }, pooling);
          return sum(embeddings.flatMap((row, b) => row.map((x, v) => x * entryOf(one.weights[b], v))));
        },
        [one.states, one.decoder, [one.bias]],
      );
      expect(value).toBeLessThan(2e-6);
      expect(gradient).toBeLessThan(2e-6);
    },
  );
});

describe.each(['cpu', 'onnx'] as const)('on the %s engine', (engine) => {
  beforeEach(() => setEngine(engine));
  afterAll(() => setEngine('cpu'));

  const outcomes = POOLINGS.flatMap((pooling) => GIVEN.map((given) => ({ ...pooling, given })));

  it.each(outcomes)(
    '$poolingStrategy of $activationFunction from $given is the same for pieces of any size',
    async ({ given, ...pooling }) => {
      const one = spladeCase(3, MASKS['padding anywhere'], { vocabulary: 80, width: 9 });
      const whole = await spladeOutcome(one, { ...pooling, chunkSize: 8192 }, given);
      for (const chunkSize of [620, 1640, 5000, null]) {
        const pieces = await spladeOutcome(one, { ...pooling, chunkSize }, given);
        // ONNX Runtime multiplies whole vectors of 16 columns and the remaining columns in different ways.
        const terms = Math.floor((80 * (chunkSize ?? 8192)) / 8192);
        const toTheBit = engine === 'cpu' || terms % 16 === 0;
        const same = (numbers: readonly number[]): unknown => (toTheBit ? numbers : near(numbers, 6));
        expect(pieces.value).toEqual(same(whole.value));
        expect(pieces.dDecoder).toEqual(same(whole.dDecoder));
        expect(pieces.dBias).toEqual(same(whole.dBias));
        // Sums over the terms: pieces add them in another order.
        expect(pieces.dStates).toEqual(near(whole.dStates, 6));
      }
    },
  );

  it.each(outcomes)(
    '$poolingStrategy of $activationFunction from $given depends on no padding and on no other text',
    async ({ given, ...pooling }) => {
      const mask = MASKS['padding at the beginning'];
      const one = spladeCase(4, mask);
      const [batch, terms] = [await spladeOutcome(one, pooling, given), one.decoder.length];
      for (const [text, row] of mask.entries()) {
        const positions = row.flatMap((isToken, l) => (isToken ? [text * row.length + l] : []));
        const alone: SpladeCase = {
          ...one,
          mask: [positions.map(() => 1)],
          states: positions.map((position) => one.states[position] ?? []),
          weights: [one.weights[text] ?? []],
        };
        const { value, dStates } = await spladeOutcome(alone, pooling, given);
        expect(batch.value.slice(text * terms, (text + 1) * terms)).toEqual(near(value, 6));
        const width = one.decoder[0]?.length ?? 0;
        const tokens = positions.flatMap((position) =>
          batch.dStates.slice(position * width, (position + 1) * width),
        );
        expect(tokens).toEqual(near(dStates, 6));
      }
    },
  );

  it.each(POOLINGS)(
    '$poolingStrategy of $activationFunction: what padding holds is ignored, and gets no gradient',
    async (pooling) => {
      const mask = [
        [0, 1, 1, 0],
        [0, 0, 0, 0],
      ];
      const clean = spladeCase(5, mask);
      const expected = await spladeOutcome(clean, pooling);
      const isPadding = (row: number): boolean => mask.flat()[row] === 0;
      for (const filling of [NaN, Infinity, 1e30]) {
        const states = clean.states.map((row, i) => (isPadding(i) ? row.map(() => filling) : row));
        const found = await spladeOutcome({ ...clean, states }, pooling);
        expect(found).toEqual(expected);
        const width = clean.decoder[0]?.length ?? 0;
        expect(found.dStates.every((x, i) => x === 0 || !isPadding(Math.floor(i / width)))).toBe(true);
      }
    },
  );

  it.each(POOLINGS)(
    '$poolingStrategy of $activationFunction: logits of padding are ignored, and get no gradient',
    async (pooling) => {
      const mask = tf.tensor2d(
        [
          [0, 1, 0],
          [0, 0, 0],
        ],
        [2, 3],
        'int32',
      );
      for (const filling of [NaN, Infinity]) {
        const logits = tf.tensor3d([filling, 2, filling, filling, filling, filling], [2, 3, 1]);
        const pool = (x: tf.Tensor): tf.Tensor =>
          spladePooling(pooling).forward({ tokenEmbeddings: x, attentionMask: mask }, { mode: 'train' })
            .sentenceEmbedding as tf.Tensor;
        const [value = NaN, none] = await pool(logits).data();
        const once = Math.log(3);
        expect([value, none]).toEqual(
          near([pooling.activationFunction === 'relu' ? once : Math.log1p(once), 0]),
        );
        const gradient = Array.from(await tf.grad(pool)(logits).data());
        expect(gradient.map((x) => x !== 0)).toEqual([false, true, false, false, false, false]);
      }
    },
  );

  it('a text without tokens is 0 and has no gradient, also with biases above 0', async () => {
    for (const pooling of POOLINGS) {
      const one = { ...spladeCase(6, [[0, 0]]), bias: Array<number>(13).fill(2) };
      const outcome = await spladeOutcome(one, pooling);
      for (const numbers of Object.values(outcome) as number[][]) {
        expect(numbers.every((x) => x === 0)).toBe(true);
      }
    }
  });

  it.each(GIVEN)('the gradient of equal maxima goes to the first one, from %s', async (given) => {
    const one: SpladeCase = {
      mask: [[0, 1, 1, 1]],
      states: [[4], [1], [2], [2]],
      decoder: [[1], [0.5]],
      bias: [0, 0],
      weights: [[1, 10]],
    };
    const { dStates } = await spladeOutcome(one, {}, given);
    // a'(2) = 1/3 and a'(1) = 1/2
    expect(dStates).toEqual(near([0, 0, 1 / 3 + 10 * 0.5 * 0.5, 0]));
  });

  it.each(outcomes)(
    '$poolingStrategy of $activationFunction from $given has the derivative 0 at 0',
    async ({ given, ...pooling }) => {
      const one = { mask: [[1]], states: [[1, 1]], decoder: [[1, -1]], bias: [0], weights: [[1]] };
      const { value, dStates } = await spladeOutcome(one, pooling, given);
      expect([...value, ...dStates].every((x) => x === 0)).toBe(true);
    },
  );

  it.each(outcomes)(
    '$poolingStrategy of $activationFunction from $given hands NaN on',
    async ({ given, ...pooling }) => {
      const one = spladeCase(7, [
        [1, 1, 1],
        [1, 1, 1],
      ]);
      const terms = one.decoder.length;
      const isNan = async (changed: SpladeCase, gradient: boolean): Promise<boolean[]> => {
        const value = gradient
          ? (await spladeOutcome(changed, pooling, given)).value
          : await embed(inputsOf(changed), pooling, given).data();
        return Array.from(value, (x) => Number.isNaN(x));
      };
      for (const gradient of [false, true]) {
        for (const token of [3, 4, 5]) {
          const states = one.states.map((row, i) => (i === token ? [NaN, 0, 0, 0] : row));
          const found = await isNan({ ...one, states }, gradient);
          expect(found).toEqual(Array.from({ length: 2 * terms }, (_, i) => i >= terms));
        }
        const decoder = one.decoder.map((row, v) => (v === 2 ? [0, NaN, 0, 0] : row));
        const bias = one.bias.map((x, v) => (v === 4 ? NaN : x));
        const found = await isNan({ ...one, decoder, bias }, gradient);
        expect(found).toEqual(Array.from({ length: 2 * terms }, (_, i) => [2, 4].includes(i % terms)));
      }
    },
  );

  it('leaves no tensors behind but its result', async () => {
    const inputs = inputsOf(spladeCase(8, MASKS['padding anywhere']));
    for (const pooling of POOLINGS) {
      const before = tf.memory().numTensors;
      embed(inputs, pooling).dispose();
      expect(tf.memory().numTensors).toBe(before);
    }
  });
});

it('gives the same on both engines, for active terms of every number', async () => {
  for (const pooling of POOLINGS) {
    for (const shift of [-3, -1, 0, 3]) {
      const base = spladeCase(9, MASKS['padding at the end'], { vocabulary: 60, width: 7 });
      const one = { ...base, bias: base.bias.map((x) => x + shift) };
      const options = { ...pooling, chunkSize: 3000 };
      await setEngine('cpu');
      const expected = await spladeOutcome(one, options);
      await setEngine('onnx');
      expect(await spladeOutcome(one, options)).toEqual(nearOutcome(expected));
    }
  }
});
