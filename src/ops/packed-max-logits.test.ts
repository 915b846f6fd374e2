import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { maxLogits } from './max-logits.js';
import { packedMaxLogits } from './packed-max-logits.js';
import { pack, type PackedTokens, unpack } from './packed-tokens.js';

const WIDTH = 3;
const TERMS = 7;

/** Texts that begin or end with padding, or have a hole; the fourth and the last have no tokens. */
const MASK = [
  [1, 1, 1, 1],
  [1, 0, 0, 0],
  [0, 0, 1, 1],
  [0, 0, 0, 0],
  [1, 0, 1, 0],
  [1, 1, 0, 0],
  [0, 0, 0, 0],
];

function packedOf(mask: readonly (readonly number[])[]): PackedTokens {
  const places = mask.flat().flatMap((present, place) => (present === 0 ? [] : [place]));
  const counts = mask.map((row) => row.reduce((sum, each) => sum + each, 0));
  const order = [...counts.keys()].toSorted((a, b) => (counts[b] ?? 0) - (counts[a] ?? 0));
  return {
    tokens: tf.tensor1d(places, 'int32'),
    order: tf.tensor1d(order, 'int32'),
    mask: tf.tensor2d(
      mask.map((row) => [...row]),
      undefined,
      'int32',
    ),
  };
}

/** Without the sign of 0. */
const numbers = async (x: tf.Tensor): Promise<number[]> => Array.from(await x.data(), (each) => each + 0);
const grid = (): tf.Tensor2D => tf.randomNormal([MASK.flat().length, WIDTH], 0, 1, 'float32', 1);

describe.each(['cpu', 'onnx'] as const)('packed tokens on the %s engine', (engine) => {
  beforeEach(() => setEngine(engine));
  afterAll(() => setEngine('cpu'));

  it('come back to their places, also as gradients', async () => {
    const packed = packedOf(MASK);
    const isToken = packed.mask.reshape<tf.Tensor2D>([-1, 1]).toFloat();
    const rows = pack(grid(), packed);
    expect(rows.shape).toEqual([11, WIDTH]);
    expect(await numbers(unpack(rows, packed).mul(isToken))).toEqual(await numbers(grid().mul(isToken)));
    const dy = tf.randomNormal<tf.Rank.R2>([11, WIDTH], 0, 1, 'float32', 2);
    const dGrid = tf.grad((x) => pack(x as tf.Tensor2D, packed))(grid(), dy);
    expect(await numbers(dGrid)).toEqual(await numbers(unpack(dy, packed).mul(isToken)));
    const dRows = tf.grad((x) => unpack(x as tf.Tensor2D, packed).mul(isToken))(rows, grid());
    expect(await numbers(dRows)).toEqual(await numbers(pack(grid(), packed)));
  });

  it.each([2, TERMS])(
    'have the maxima and gradients of padded ones, %d terms at a time',
    async (termsAtATime) => {
      const packed = packedOf(MASK);
      const decoder = tf.randomNormal<tf.Rank.R2>([TERMS, WIDTH], 0, 1, 'float32', 3);
      // Half of the maxima have no gradient.
      const dy: tf.Tensor = tf
        .randomNormal([MASK.length, TERMS], 0, 1, 'float32', 4)
        .relu()
        .mul(packed.mask.max(1, true));
      const runs: ((x: tf.Tensor, w: tf.Tensor) => tf.Tensor)[] = [
        (x: tf.Tensor, w: tf.Tensor) =>
          packedMaxLogits(pack(x as tf.Tensor2D, packed), w as tf.Tensor2D, packed, { termsAtATime }),
        (x: tf.Tensor, w: tf.Tensor) =>
          maxLogits(x.reshape<tf.Tensor3D>([MASK.length, -1, WIDTH]), w as tf.Tensor2D, packed.mask, {
            termsAtATime,
          }),
      ];
      const both = runs.map((run) => {
        const { value, grads } = tf.valueAndGrads(run)([grid(), decoder], dy);
        return [value, ...grads];
      });
      const [found, expected] = (await Promise.all(
        both.map((results) => Promise.all(results.map(numbers))),
      )) as [number[][], number[][]];
      expected.forEach((values, result) => {
        values.forEach((value, at) => {
          const difference = Math.abs((found[result]?.[at] ?? Number.NaN) - value);
          expect(found[result]?.[at] === value || difference < 1e-5).toBe(true);
        });
      });
    },
  );

  it('make all maxima of a text NaN if one of its states is NaN, and no others', async () => {
    const packed = packedOf([
      [1, 1],
      [0, 1],
    ]);
    const states = tf.tensor2d([[1], [2], [NaN]]);
    const maxima = packedMaxLogits(states, tf.tensor2d([[1], [0]]), packed, { termsAtATime: 2 });
    expect(await numbers(maxima)).toEqual([2, 0, NaN, NaN]);
  });

  it('send a gradient to the first of equal maxima', async () => {
    const packed = packedOf([[1, 1, 1]]);
    const run = (x: tf.Tensor): tf.Tensor =>
      packedMaxLogits(x as tf.Tensor2D, tf.tensor2d([[1]]), packed, { termsAtATime: 1 });
    expect(await numbers(tf.grad(run)(tf.tensor2d([[1], [3], [3]])))).toEqual([0, 1, 0]);
  });
});
