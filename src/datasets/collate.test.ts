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

  it('returns the features of each column, and the labels', async () => {
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

  it('leaves no tensor behind after dispose, or after a failure', async () => {
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

  it('pads many columns to one length, except columns with another prompt', async () => {
    const wide = ['a', 'b c d e f g', 'h i', 'j'].map((text) => ({
      query: text,
      ...Object.fromEntries(Array.from({ length: 8 }, (_, at) => [`text ${at}`, `${text} x`.repeat(at + 1)])),
    }));
    const before = tf.memory().numTensors;
    const collated = await collate(encoder, wide, { prompts: { query: 'find: ' } });
    expect(collated.lengthGroups).toEqual([0, 1, 1, 1, 1, 1, 1, 1, 1]);
    expect(new Set(collated.features.slice(1).map(({ inputIds }) => inputIds?.shape.join())).size).toBe(1);
    for (const [column, features] of collated.features.entries()) {
      const texts = collated.batch.texts[column] ?? [];
      const own = await encoder.preprocess(texts, column === 0 ? { prompt: 'find: ' } : {});
      const length = own.inputIds?.shape[1] ?? 0;
      const [ids, mask] = [await features.inputIds?.array(), await features.attentionMask?.array()];
      expect((ids as number[][]).map((row) => row.slice(0, length))).toEqual(await own.inputIds?.array());
      expect((mask as number[][]).map((row) => row.slice(0, length))).toEqual(
        await own.attentionMask?.array(),
      );
      expect((mask as number[][]).flatMap((row) => row.slice(length)).every((each) => each === 0)).toBe(true);
      tf.dispose([own.inputIds, own.attentionMask, own.tokenTypeIds].filter((each) => each !== undefined));
    }
    collated.dispose();
    expect(tf.memory().numTensors).toBe(before);
  });

  it('rejects values that are not rows', async () => {
    await expect(collate(encoder, [5 as never])).rejects.toThrow(
      'collate: rows is [5]; expected a list of rows',
    );
    await expect(collate({} as never, rows)).rejects.toThrow('expected an encoder');
    await expect(collate(encoder, [])).rejects.toThrow('no columns');
  });
});
