// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type CompiledFunction } from '../engine/compile/compile.js';
import type { Value } from '../engine/graph.js';
import { type Lowering, withLowering } from '../engine/lowering.js';
import { scalar } from '../engine/ops/constants.js';
import { mul } from '../engine/ops/elementwise.js';
import { type QuantizedRows, quantizeRows } from '../engine/quantized-rows.js';
import { setEngine } from '../engine/set-engine.js';
import { codesInEachRun, codesOnce, type TermCodes } from '../engine/term-codes.js';
import { packedTokens, withPackedTokens } from '../modules/packed-features.js';
import { maxLogits } from './max-logits.js';
import { packedMaxLogits } from './packed-max-logits.js';
import { pack, type PackedTokens } from './packed-tokens.js';

const WIDTH = 24;
const VOCABULARY = 50;
/** Gives several pieces of the vocabulary, even for an eighth of the texts. */
const TERMS_AT_A_TIME = 5;

interface Case {
  readonly decoder: readonly number[];
  readonly bias: readonly number[];
  /** The states of each text's tokens. The first text has the most. */
  readonly texts: readonly (readonly (readonly number[])[])[];
}

/** One element far from the others makes the codes of its row coarse. */
const element = fc.oneof(
  { weight: 19, arbitrary: fc.double({ noNaN: true, min: -1, max: 1 }) },
  { weight: 1, arbitrary: fc.constantFrom(0, 8, -30, 1e-20) },
);
const listOf = (length: number, of = element): fc.Arbitrary<number[]> =>
  fc.array(of, { minLength: length, maxLength: length }).map((list) => list.map(Math.fround));

const textsOf = fc
  .array(fc.array(listOf(WIDTH), { maxLength: 5 }), { minLength: 1, maxLength: 19 })
  .map((texts) => texts.toSorted((a, b) => b.length - a.length));

/** The maximum of each term in one of the texts is close to 0, above or below. */
const cases: fc.Arbitrary<Case> = fc
  .record({
    decoder: listOf(VOCABULARY * WIDTH),
    texts: textsOf,
    maxima: listOf(VOCABULARY, fc.constantFrom(1e-4, 1e-4, 1e-4, -1e-4, 0, 1, -1, -20)),
  })
  .map(({ decoder, texts, maxima }) => {
    const bias = maxima.map((target, term) => {
      const text = texts[term % texts.length] ?? [];
      return Math.fround(target - (text.length === 0 ? 0 : maximum(text, weightsOf(decoder, term))));
    });
    return { decoder, texts, bias };
  });

const weightsOf = (decoder: readonly number[], term: number): readonly number[] =>
  decoder.slice(term * WIDTH, (term + 1) * WIDTH);
const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, at) => sum + x * (b[at] as number), 0);
const maximum = (text: Case['texts'][number], weights: readonly number[]): number =>
  Math.max(...text.map((state) => dot(state, weights)));

type Program = CompiledFunction<[tf.Tensor3D, tf.Tensor2D], tf.Tensor2D>;
type Quantized = NonNullable<Lowering['quantized']>;

interface Weights {
  readonly decoder: readonly number[];
  readonly bias: readonly number[];
}

const OPTIONS = {
  name: 'bounded',
  dimensions: [
    ['batch', 'length', null],
    ['batch', 'length'],
  ],
};

/** The weights are constants where `isFrozen`, and otherwise variables. */
function programOf({ decoder, bias }: Weights, quantized: Quantized, isFrozen: boolean): Program {
  const made: [tf.Tensor2D, tf.Tensor1D] = [
    tf.tensor2d([...decoder], [bias.length, WIDTH]),
    tf.tensor1d([...bias]),
  ];
  const [weights, shift] = isFrozen ? made : [tf.variable(made[0]), tf.variable(made[1])];
  return compile(
    (states: tf.Tensor3D, mask: tf.Tensor2D) => {
      const options = { termsAtATime: TERMS_AT_A_TIME, bias: shift };
      return withLowering({ quantized }, () => maxLogits(states, weights, mask, options).add(shift));
    },
    { ...OPTIONS, frozen: isFrozen },
  );
}

async function run(program: Program, texts: Case['texts']): Promise<number[]> {
  const length = Math.max(1, texts[0]?.length ?? 0);
  const places = Array.from({ length }, (_, at) => at);
  const padding = Array<number>(WIDTH).fill(7);
  const states = tf.tensor3d(texts.map((text) => places.map((at) => [...(text[at] ?? padding)])));
  const mask = tf.tensor2d(
    texts.map((text) => places.map((at) => Number(at < text.length))),
    [texts.length, length],
    'int32',
  );
  const found = await program(states, mask);
  const elements = Array.from(await found.data());
  tf.dispose([states, mask, found]);
  return elements;
}

/** Smaller products in float32 are 0. */
const SMALLEST_PRODUCT = 2 ** -126;

const relu = (x: number): number => Math.max(0, x);

/** Terms whose weight differs from the float64 result by more than the rounding of a float32 sum. */
function wrongTerms({ decoder, bias, texts }: Case, found: readonly number[]): string[] {
  return texts.flatMap((text, row) =>
    bias.flatMap((shift, term) => {
      const weights = weightsOf(decoder, term);
      const expected = maximum(text, weights) + shift;
      const longest = Math.max(0, ...text.map((state) => dot(state, state)));
      const sums = (WIDTH + 1) * Math.sqrt(longest * dot(weights, weights)) + 2 * Math.abs(shift);
      const rounding = 2 ** -24 * sums + WIDTH * SMALLEST_PRODUCT;
      const value = found[row * VOCABULARY + term] as number;
      return Math.abs(relu(value) - relu(expected)) <= rounding
        ? []
        : [`text ${row}, term ${term}: ${value}, expected ${expected}`];
    }),
  );
}

const isRight = (quantized: Quantized, isFrozen: boolean): fc.IAsyncProperty<[Case]> =>
  fc.asyncProperty(cases, async (given) => {
    const program = programOf(given, quantized, isFrozen);
    const wrong = wrongTerms(given, await run(program, given.texts));
    await program.dispose();
    expect(wrong).toEqual([]);
  });

const ones = (length: number, x = 1): number[] => Array<number>(length).fill(x);

/** Whether a case shows that the form loses terms. */
async function losesTerms(quantized: Quantized, isFrozen: boolean): Promise<boolean> {
  const { failed } = await fc.check(isRight(quantized, isFrozen), {
    numRuns: 100,
    endOnFailure: true,
    seed: 1,
  });
  return failed;
}

beforeAll(() => setEngine('onnx'));
afterAll(() => setEngine('cpu'));

describe.each([
  ['quantized once', () => codesOnce(), true],
  ['quantized in each run', () => codesInEachRun, false],
] as const)('maxima of logits by a decoder that is %s', (_, quantized, isFrozen) => {
  it('are right wherever they are positive', async () => {
    await expect(fc.assert(isRight(quantized(), isFrozen), { numRuns: 40 })).resolves.toBeUndefined();
  });

  it('are -Infinity without being computed if they cannot be positive', async () => {
    const program = programOf({ decoder: ones(4 * WIDTH), bias: [-25, -27, 1, -23] }, quantized(), isFrozen);
    expect(await run(program, [[ones(WIDTH)]])).toEqual([-1, -Infinity, 25, 1]);
    await program.dispose();
  });

  it('are NaN for a text with NaN among its states, and for a term with NaN among its weights', async () => {
    const decoder = ones(4 * WIDTH, -1).with(2 * WIDTH + 3, NaN);
    const program = programOf({ decoder, bias: [-1, -1, -1, 30] }, quantized(), isFrozen);
    const states = ones(WIDTH);
    const found = await run(program, [[states], [states.with(5, NaN)], [states.with(5, Infinity)], []]);
    expect(found.slice(0, 8)).toEqual([expect.any(Number), -Infinity, NaN, 6, NaN, NaN, NaN, NaN]);
    // Infinity times 0 is NaN in `maxLogits` as well. A text without tokens has no maxima.
    expect(found.slice(8)).toEqual([NaN, NaN, NaN, NaN, -Infinity, -Infinity, NaN, -Infinity]);
    await program.dispose();
  });
});

describe('a decoder that is quantized once', () => {
  it('has no codes if it may change', async () => {
    const [decoder, bias] = [tf.variable(tf.ones<tf.Rank.R2>([4, WIDTH])), tf.tensor1d([-25, -27, 1, -23])];
    const program = compile(
      (states: tf.Tensor3D) => {
        const options = { termsAtATime: TERMS_AT_A_TIME, bias };
        return withLowering({ quantized: codesOnce() }, () =>
          maxLogits(states, decoder, tf.ones([1, 2], 'int32'), options).add(bias),
        );
      },
      { name: 'changing' },
    );
    const found = await program(tf.ones([1, 2, WIDTH]));
    expect(Array.from(await found.data())).toEqual([-1, -3, 25, 1]);
    decoder.dispose();
    await program.dispose();
  });

  const WRONG: [what: string, change: (rows: QuantizedRows) => QuantizedRows][] = [
    ['no error of the decoder', (rows) => ({ ...rows, errors: rows.errors.map(() => 0) })],
    [
      'a third of the error of the decoder',
      (rows) => ({ ...rows, errors: rows.errors.map((error) => error / 3) }),
    ],
    ['no error of the states', (rows) => ({ ...rows, norms: rows.norms.map(() => 0) })],
    [
      'a third of the error of the states',
      (rows) => ({ ...rows, norms: rows.norms.map((norm) => norm / 3) }),
    ],
    ['scales that are too small', (rows) => ({ ...rows, scales: rows.scales.map((scale) => scale * 0.9) })],
    ['codes of other rows', (rows) => ({ ...rows, codes: rows.codes.toReversed() })],
  ];

  it.each(WRONG)('with %s loses terms', async (_, change) => {
    const quantized = codesOnce((matrix, width) => change(quantizeRows(matrix, width)));
    expect(await losesTerms(quantized, true)).toBe(true);
  });
});

describe('a decoder that is quantized in each run', () => {
  const times = (x: Value, factor: number): Value => mul(x, scalar(factor, 'float32'));
  const WRONG: [what: string, change: (terms: TermCodes) => Partial<TermCodes>][] = [
    ['no error of the decoder', ({ errors }) => ({ errors: times(errors, 0) })],
    [
      'a tenth of all errors',
      ({ errors, norms }) => ({ errors: times(errors, 0.1), norms: times(norms, 0.1) }),
    ],
    ['scales that are too small', ({ scales }) => ({ scales: times(scales, 0.9) })],
  ];

  it.each(WRONG)('with %s loses terms', async (_, change) => {
    const quantized: Quantized = (decoder) => {
      const terms = codesInEachRun(decoder);
      return { ...terms, ...change(terms) };
    };
    expect(await losesTerms(quantized, false)).toBe(true);
  });

  const MASK = [
    [1, 1, 1, 1, 1, 1],
    [0, 0, 0, 0, 0, 0],
    [1, 1, 0, 0, 0, 0],
    [0, 1, 1, 0, 1, 0],
    [1, 0, 0, 0, 0, 0],
  ];
  const random = (shape: number[], seed: number): tf.Tensor => tf.randomNormal(shape, 0, 1, 'float32', seed);

  it.each(['padded', 'packed'] as const)('has the gradients of all logits, %s', async (form) => {
    const mask = tf.tensor2d(MASK, undefined, 'int32');
    const packed = await withPackedTokens({ attentionMask: mask });
    const tokens = packedTokens(packed) as PackedTokens;
    const [states, decoder] = [random([30, WIDTH], 1), tf.variable(random([VOCABULARY, WIDTH], 2))];
    const bias = tf.variable(random([VOCABULARY], 3).sub<tf.Tensor1D>(8));
    const dy = random([MASK.length, VOCABULARY], 4);
    const gradients = async (quantized: Quantized | undefined): Promise<number[][]> => {
      const program = compile(
        (x: tf.Tensor2D) => {
          const weights = (h: tf.Tensor, w: tf.Tensor, b: tf.Tensor): tf.Tensor => {
            const options = { termsAtATime: TERMS_AT_A_TIME, bias };
            const maxima =
              form === 'padded'
                ? maxLogits(h.reshape([MASK.length, -1, WIDTH]), w as tf.Tensor2D, mask, options)
                : packedMaxLogits(pack(h as tf.Tensor2D, tokens), w as tf.Tensor2D, tokens, options);
            return maxima.add(b).relu();
          };
          return withLowering({ quantized }, () => {
            const { value, grads } = tf.valueAndGrads(weights)([x, decoder, bias], dy);
            return [value, ...grads];
          });
        },
        { name: form },
      );
      const found = await program(states as tf.Tensor2D);
      const numbers = await Promise.all(
        found.map(async (each) => Array.from(await each.data(), (n) => n + 0)),
      );
      await program.dispose();
      return numbers;
    };
    const [expected, found] = [await gradients(undefined), await gradients(codesInEachRun)];
    const active = expected[0]?.filter((weight) => weight > 0).length ?? 0;
    expect(active).toBeGreaterThan(20);
    expect(active).toBeLessThan((MASK.length * VOCABULARY) / 2);
    found.forEach((values, output) => {
      const furthest = Math.max(
        ...values.map((value, at) => Math.abs(value - (expected[output]?.[at] ?? NaN))),
      );
      expect(furthest).toBeLessThan(1e-4);
    });
    expect(found[1]?.some((value) => value !== 0)).toBe(true);
    tf.dispose([mask, states, decoder, bias, dy, packed.packedTokens, packed.packedOrder]);
  });
});
