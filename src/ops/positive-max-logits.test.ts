// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { compile, type CompiledFunction } from '../engine/compile/compile.js';
import { withLowering } from '../engine/lowering.js';
import { QuantizedMatrices, type QuantizedRows, quantizeRows } from '../engine/quantized-rows.js';
import { setEngine } from '../engine/set-engine.js';
import { positiveMaxLogits } from './positive-max-logits.js';

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
type Quantize = (matrix: Float32Array, width: number) => QuantizedRows;

interface Weights {
  readonly decoder: readonly number[];
  readonly bias: readonly number[];
}

function programOf({ decoder, bias }: Weights, quantize?: Quantize): Program {
  const [weights, shift] = [tf.tensor2d([...decoder], [bias.length, WIDTH]), tf.tensor1d([...bias])];
  const quantized = new QuantizedMatrices(quantize);
  return compile(
    (states: tf.Tensor3D, mask: tf.Tensor2D) =>
      withLowering({ quantized }, () =>
        positiveMaxLogits(states, weights, shift, mask, { termsAtATime: TERMS_AT_A_TIME }),
      ),
    {
      name: 'positive',
      dimensions: [
        ['batch', 'length', null],
        ['batch', 'length'],
      ],
      frozen: true,
    },
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

const isRight = (quantize?: Quantize): fc.IAsyncProperty<[Case]> =>
  fc.asyncProperty(cases, async (given) => {
    const program = programOf(given, quantize);
    const wrong = wrongTerms(given, await run(program, given.texts));
    await program.dispose();
    expect(wrong).toEqual([]);
  });

describe('positive maxima of logits', () => {
  beforeAll(() => setEngine('onnx'));
  afterAll(() => setEngine('cpu'));

  it('equal the maxima of all logits', async () => {
    await expect(fc.assert(isRight(), { numRuns: 40 })).resolves.toBeUndefined();
  });

  const ones = (length: number, x = 1): number[] => Array<number>(length).fill(x);

  it('are -Infinity without being computed if they cannot be positive', async () => {
    const program = programOf({ decoder: ones(4 * WIDTH), bias: [-25, -25, 1, -23] });
    expect(await run(program, [[ones(WIDTH)]])).toEqual([-1, -Infinity, 25, 1]);
    await program.dispose();
  });

  it('are all computed if weights may change: codes would have to be made for each batch', async () => {
    const [decoder, bias] = [tf.variable(tf.ones<tf.Rank.R2>([4, WIDTH])), tf.tensor1d([-25, -25, 1, -23])];
    const program = compile(
      (states: tf.Tensor3D) => {
        const options = { termsAtATime: TERMS_AT_A_TIME };
        return withLowering({ quantized: new QuantizedMatrices() }, () =>
          positiveMaxLogits(states, decoder, bias, tf.ones([1, 2], 'int32'), options),
        );
      },
      { name: 'changing' },
    );
    const found = await program(tf.ones([1, 2, WIDTH]));
    expect(Array.from(await found.data())).toEqual([-1, -1, 25, 1]);
    decoder.dispose();
    await program.dispose();
  });

  it('are NaN for a text with NaN among its states, and for a term with NaN among its weights', async () => {
    const decoder = ones(4 * WIDTH, -1).with(2 * WIDTH + 3, NaN);
    const program = programOf({ decoder, bias: [-1, -1, -1, 30] });
    const states = ones(WIDTH);
    const found = await run(program, [[states], [states.with(5, NaN)], [states.with(5, Infinity)], []]);
    expect(found.slice(0, 8)).toEqual([expect.any(Number), -Infinity, NaN, 6, NaN, NaN, NaN, NaN]);
    // Infinity times 0 is NaN in `maxLogits` as well. A text without tokens has no maxima.
    expect(found.slice(8)).toEqual([NaN, NaN, NaN, NaN, -Infinity, -Infinity, NaN, -Infinity]);
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

  it.each(WRONG)('a bound with %s loses terms', async (_, change) => {
    const quantize: Quantize = (matrix, width) => change(quantizeRows(matrix, width));
    const { failed } = await fc.check(isRight(quantize), { numRuns: 100, endOnFailure: true, seed: 1 });
    expect(failed).toBe(true);
  });
});
