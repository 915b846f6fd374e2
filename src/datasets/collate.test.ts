import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { collate } from './collate.js';

const MODELS = join(import.meta.dirname, '..', '..', 'fixtures', 'models');

describe('collate', () => {
  let encoder: SparseEncoder;
  beforeAll(async () => {
    await tf.setBackend('cpu');
    encoder = await SparseEncoder.load(join(MODELS, 'splade-bert'));
  });
  afterAll(() => encoder.dispose());

  const rows = [
    { query: 'a cat', positive: 'a small animal', negative: 'a house', scores: [3, 1] },
    { query: 'to run', positive: 'to move very fast', negative: 'to sit', scores: [4, 0.5] },
  ];

  it('gives the features of each column, and the labels', async () => {
    const collated = await collate(encoder, rows, { prompts: { query: 'find: ' } });
    const expected = await encoder.preprocess(['a cat', 'to run'], { prompt: 'find: ' });
    expect(collated.features).toHaveLength(3);
    expect(await collated.features[0]?.inputIds?.array()).toEqual(await expected.inputIds?.array());
    expect(collated.features[0]?.['promptLength']).toBe(expected['promptLength']);
    expect(collated.features[1]?.['promptLength']).toBeUndefined();
    expect(await collated.labels?.array()).toEqual([
      [3, 1],
      [4, 0.5],
    ]);
    expect(collated.batch.columns).toEqual(['query', 'positive', 'negative']);
  });

  it('leaves no tensor behind once it is disposed, nor where it fails', async () => {
    const before = tf.memory().numTensors;
    (await collate(encoder, rows)).dispose();
    expect(tf.memory().numTensors).toBe(before);
    const failing = {
      preprocess: (texts: readonly string[]) =>
        texts.includes('a house') ? Promise.reject(new Error('no house')) : encoder.preprocess(texts),
    };
    await expect(collate(failing, rows)).rejects.toThrow('no house');
    expect(tf.memory().numTensors).toBe(before);
  });

  it('refuses what is not rows', async () => {
    await expect(collate(encoder, [5 as never])).rejects.toThrow(
      'collate: rows is [5]; expected a list of rows',
    );
    await expect(collate({} as never, rows)).rejects.toThrow('expected an encoder');
    await expect(collate(encoder, [])).rejects.toThrow('no columns');
  });
});
