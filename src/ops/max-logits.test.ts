import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { maxLogits } from './max-logits.js';
import { vocabularyPieces } from './vocabulary-pieces.js';

describe.each(['cpu', 'onnx'] as const)('maxLogits on the %s engine', (engine) => {
  beforeEach(() => setEngine(engine));
  afterAll(() => setEngine('cpu'));

  const states = (): tf.Tensor3D => tf.tensor3d([1, 2, 3, -4], [2, 2, 1]);
  const decoder = (): tf.Tensor2D => tf.tensor2d([1, -1, 0.5], [3, 1]);

  it('is -Infinity for a text without tokens, as the maximum of nothing', async () => {
    const mask = tf.tensor2d([1, 1, 0, 0], [2, 2], 'int32');
    const found = maxLogits(states(), decoder(), mask, { termsAtATime: 2 });
    expect(Array.from(await found.data())).toEqual([2, -1, 1, -Infinity, -Infinity, -Infinity]);
  });

  it('passes a NaN gradient only to the inputs that it depends on', async () => {
    const mask = tf.ones<tf.Rank.R2>([2, 2], 'int32');
    const dy = tf.tensor2d([0, 0, 0, 0, NaN, 1], [2, 3]);
    const pool = (h: tf.Tensor, w: tf.Tensor): tf.Tensor =>
      maxLogits(h as tf.Tensor3D, w as tf.Tensor2D, mask, { termsAtATime: 3 });
    const [, dDecoder] = tf.grads(pool)([states(), decoder()], dy);
    expect(Array.from((await dDecoder?.data()) ?? [])).toEqual([0, NaN, 3]);
  });
});

describe('the pieces of a vocabulary', () => {
  it.each([
    [30_522, 2000, 16],
    [2000, 2000, 1],
    [7, 2000, 1],
    [7, 3, 3],
    [250_002, 1, 256],
  ])('of %i terms, %i at a time, are %i and hold each term once', (vocabulary, atATime, count) => {
    const pieces = vocabularyPieces(vocabulary, atATime);
    expect(pieces.length).toBe(count);
    const ends = pieces.map(({ begin, terms }) => begin + terms);
    expect(pieces.map(({ begin }) => begin)).toEqual([0, ...ends.slice(0, -1)]);
    expect(ends.at(-1)).toBe(vocabulary);
  });
});
