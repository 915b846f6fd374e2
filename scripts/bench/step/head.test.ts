import * as tf from '@tensorflow/tfjs';
import { afterAll, describe, expect, it } from 'vitest';
import { compile, setEngine } from '../../../src/index.js';
import { randomMatrix } from '../../../src/testing/matrices.js';
import { registerHeadKernels } from './head-kernels.js';
import { maxLogits, type HeadOptions } from './head.js';

interface Case extends HeadOptions {
  readonly hidden: number[];
  readonly decoder: number[];
  /** Of the gradient of the maxima, [texts, V]. */
  readonly dMaxima: number[];
}

const WIDTH = 5;
const TERMS = 11;

function caseOf(seed: number, options: HeadOptions, isActive: (text: number, term: number) => boolean): Case {
  const flat = (offset: number, rows: number, columns: number): number[] =>
    randomMatrix(10 * seed + offset, rows, columns).flat();
  const dMaxima = flat(2, options.texts, TERMS).map((x, i) =>
    isActive(Math.floor(i / TERMS), i % TERMS) ? x : 0,
  );
  return {
    ...options,
    hidden: flat(0, options.texts * options.length, WIDTH),
    decoder: flat(1, TERMS, WIDTH),
    dMaxima,
  };
}

interface Outcome {
  readonly maxima: number[];
  readonly dHidden: number[];
  readonly dDecoder: number[];
}

async function outcomeOn(engine: 'cpu' | 'onnx', each: Case): Promise<Outcome> {
  await setEngine(engine);
  if (engine === 'onnx') registerHeadKernels();
  const { texts, length, textsAtATime } = each;
  const compute = compile(
    (hidden: tf.Tensor2D, decoder: tf.Tensor2D, dMaxima: tf.Tensor2D) => {
      const head = (h: tf.Tensor, w: tf.Tensor): tf.Tensor =>
        maxLogits(h as tf.Tensor2D, w as tf.Tensor2D, { texts, length, textsAtATime });
      const [dHidden, dDecoder] = tf.grads(head)([hidden, decoder], dMaxima);
      return { maxima: head(hidden, decoder), dHidden, dDecoder };
    },
    { name: 'head' },
  );
  const outcome = await compute(
    tf.tensor2d(each.hidden, [texts * length, WIDTH]),
    tf.tensor2d(each.decoder, [TERMS, WIDTH]),
    tf.tensor2d(each.dMaxima, [texts, TERMS]),
  );
  const numbers = async (tensor: tf.Tensor | undefined): Promise<number[]> => [
    ...((await tensor?.data()) ?? []),
  ];
  return {
    maxima: await numbers(outcome.maxima),
    dHidden: await numbers(outcome.dHidden),
    dDecoder: await numbers(outcome.dDecoder),
  };
}

const near = (numbers: readonly number[]): unknown[] => numbers.map((x): unknown => expect.closeTo(x, 5));

describe("the head's kernels of the onnx engine", () => {
  afterAll(() => setEngine('cpu'));

  it.each<[string, HeadOptions, (text: number, term: number) => boolean]>([
    ['all terms active', { texts: 3, length: 4, textsAtATime: 3 }, () => true],
    [
      'texts with terms of their own',
      { texts: 5, length: 4, textsAtATime: 2 },
      (text, term) => term === 2 * text,
    ],
    ['texts that share terms', { texts: 4, length: 3, textsAtATime: 1 }, (_, term) => term % 4 === 1],
    [
      'one text without active terms',
      { texts: 2, length: 4, textsAtATime: 8 },
      (text, term) => text === 1 && term > 8,
    ],
    ['no active term', { texts: 2, length: 3, textsAtATime: 2 }, () => false],
    ['one token', { texts: 2, length: 1, textsAtATime: 2 }, (_, term) => term > 5],
  ])('give what the dense products give: %s', async (_, options, isActive) => {
    const each = caseOf(options.texts + options.length, options, isActive);
    const [found, expected] = [await outcomeOn('onnx', each), await outcomeOn('cpu', each)];
    expect(found.maxima).toEqual(near(expected.maxima));
    expect(found.dHidden).toEqual(near(expected.dHidden));
    expect(found.dDecoder).toEqual(near(expected.dDecoder));
  });

  it('send the gradient of equal maxima to the first position', async () => {
    const options = { texts: 1, length: 3, textsAtATime: 1 };
    const hidden = [1, 1, 1].flatMap((x) => Array<number>(WIDTH).fill(x));
    const decoder = Array<number>(TERMS * WIDTH).fill(0.5);
    const dMaxima = [1, ...Array<number>(TERMS - 1).fill(0)];
    const { dHidden } = await outcomeOn('onnx', { ...options, hidden, decoder, dMaxima });
    const half = Array<number>(WIDTH).fill(0.5);
    expect(dHidden).toEqual([...half, ...Array<number>(2 * WIDTH).fill(0)]);
  });

  it('hand NaN on: of a token to the maxima of its text, of a gradient to what it reaches', async () => {
    const each = caseOf(9, { texts: 2, length: 3, textsAtATime: 2 }, (_, term) => term < 3);
    each.hidden[2 * 3 * WIDTH - 1] = NaN;
    each.dMaxima[1] = NaN;
    const { maxima, dDecoder } = await outcomeOn('onnx', each);
    expect(maxima.map((x) => Number.isNaN(x))).toEqual([
      ...Array<boolean>(TERMS).fill(false),
      ...Array<boolean>(TERMS).fill(true),
    ]);
    expect(dDecoder.slice(WIDTH, 2 * WIDTH)).toEqual(Array(WIDTH).fill(NaN));
  });
});
