import * as tf from '@tensorflow/tfjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { InputError } from '../errors.js';
import { tokenColumn } from '../testing/token-encoder.js';
import { miniBatch, miniBatchRanges } from './mini-batches.js';

const NAME = 'CachedSpladeLoss';
const sizes = (features: Parameters<typeof miniBatchRanges>[1], rows: number, tokens: number | null = null) =>
  miniBatchRanges(NAME, features, { rows, tokens }).map(({ begin, end }) => end - begin);

afterEach(() => {
  vi.restoreAllMocks();
  Reflect.deleteProperty(tf.backend(), 'hasValues');
});

describe('miniBatchRanges', () => {
  it('divides rows in order, the last mini-batch being what is left', () => {
    const column = tokenColumn(1, [1, 1, 1, 1, 1]);
    expect(miniBatchRanges(NAME, column, { rows: 2, tokens: null })).toEqual([
      { begin: 0, end: 2 },
      { begin: 2, end: 4 },
      { begin: 4, end: 5 },
    ]);
    expect(sizes(column, 5)).toEqual([5]);
    expect(sizes(column, 32)).toEqual([5]);
  });

  it('fills a budget of tokens up to the last one, counting no padding', () => {
    const column = tokenColumn(1, [2, 3, 1, 4, 5, 1]);
    expect(sizes(column, 1, 5)).toEqual([2, 2, 1, 1]);
    expect(sizes(column, 1, 6)).toEqual([3, 1, 2]);
    expect(sizes(column, 1, 1000)).toEqual([6]);
  });

  it('makes a mini-batch of its own of a text over the budget', () => {
    expect(sizes(tokenColumn(1, [1, 9, 1, 1]), 1, 2)).toEqual([1, 1, 2]);
  });

  it('counts rows by any tensor where there are no token ids', () => {
    expect(sizes({ sentenceEmbedding: tf.zeros([3, 2]) }, 2)).toEqual([2, 1]);
  });

  it('reports a column without rows, or without an attention mask to count tokens with', () => {
    expect(() => sizes({ task: 'query' }, 2)).toThrow(InputError);
    expect(() => sizes({ task: 'query' }, 2)).toThrow(/CachedSpladeLoss: a column has no rows/);
    expect(() => sizes({ inputIds: tf.zeros([2, 3], 'int32') }, 2, 8)).toThrow(/no attentionMask/);
  });
});

describe('miniBatch', () => {
  const column = {
    ...tokenColumn(1, [1, 3, 2, 5]),
    tokenEmbeddings: tf.ones([4, 5, 7]),
    sentenceEmbedding: tf.ones([4, 5]),
    temperature: tf.scalar(2),
    task: 'query',
  };
  const shapes = (range: { begin: number; end: number }) =>
    Object.fromEntries(
      Object.entries(miniBatch(column, range)).map(([name, value]) => [
        name,
        value instanceof tf.Tensor ? value.shape : value,
      ]),
    );

  it('takes rows, cuts common padding off token positions, and leaves the rest as it is', () => {
    expect(shapes({ begin: 1, end: 3 })).toEqual({
      inputIds: [2, 3],
      attentionMask: [2, 3],
      tokenEmbeddings: [2, 3, 7],
      sentenceEmbedding: [2, 5],
      temperature: [],
      task: 'query',
    });
  });

  it('keeps the values of its rows', () => {
    const ids = column.inputIds as tf.Tensor2D;
    const cut = miniBatch(column, { begin: 2, end: 4 }).inputIds as tf.Tensor2D;
    expect(cut.arraySync()).toEqual(ids.slice([2, 0], [2, 5]).arraySync());
  });

  it('cuts nothing where all is padding, or where the mask cannot be read', () => {
    const padding = { ...column, attentionMask: tf.zeros([4, 5], 'int32') };
    expect(miniBatch(padding, { begin: 0, end: 1 }).inputIds?.shape).toEqual([1, 5]);
    vi.spyOn(tf.engine(), 'readSync').mockImplementation(() => {
      throw new Error('no synchronous read');
    });
    Object.assign(tf.backend(), { hasValues: () => false });
    expect(shapes({ begin: 0, end: 1 })).toMatchObject({ inputIds: [1, 5], tokenEmbeddings: [1, 5, 7] });
  });
});
