import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../../engine/set-engine.js';
import { relativeProducts, relativeRows, rowsInOrder } from './disentangled.js';

beforeAll(() => setEngine('cpu'));

describe('the rows of relative positions', () => {
  it('are the distances themselves, and the outermost for those beyond', () => {
    expect([...relativeRows({ span: 3, length: 5 })]).toEqual([0, 0, 0, 1, 2, 3, 4, 5, 5, 5, 5]);
  });

  it('are in buckets those of DeBERTa-v3, 256 for distances up to 512', () => {
    const rows = relativeRows({ span: 256, buckets: { count: 256, farthest: 512 }, length: 512 });
    const bucket = (distance: number): number => (rows[distance + 512] ?? NaN) - 256;
    // Values computed by transformers 5.23.
    const expected = { 1: 1, 127: 127, 128: 128, 130: 130, 131: 131, 132: 131, 133: 132, 134: 133 };
    const farther = { 200: 169, 300: 207, 400: 233, 510: 255, 511: 255 };
    for (const [distance, row] of Object.entries({ ...expected, ...farther })) {
      expect([bucket(Number(distance)), bucket(-Number(distance))], distance).toEqual([row, -row]);
    }
  });
});

describe('products with relative positions', () => {
  const [texts, heads, width] = [2, 3, 4];
  const table = { span: 3, length: 8 };
  const rows = relativeRows(table);

  it.each([1, 2, 5])('are those of each pair of places in texts of %d tokens', async (length) => {
    const x: tf.Tensor4D = tf.randomNormal([texts, heads, length, width], 0, 1, 'float32', 1);
    const positions: tf.Tensor2D = tf.randomNormal([2 * table.span, heads * width], 0, 1, 'float32', 2);
    for (const of of ['query', 'key'] as const) {
      const products = relativeProducts(x, tf.gather(positions, rowsInOrder(rows, length, of)));
      const found = await products.array();
      const [contents, places] = [await x.array(), await positions.array()];
      for (let at = 0; at < texts * heads * length * length; at++) {
        const [j, i] = [at % length, Math.floor(at / length) % length];
        const [head, text] = [Math.floor(at / length ** 2) % heads, Math.floor(at / (length ** 2 * heads))];
        // The query's table takes i - j, the key's takes j - i.
        const row = places[rows[(of === 'query' ? i - j : j - i) + table.length] ?? -1] ?? [];
        const content = contents[text]?.[head]?.[i] ?? [];
        const expected = content.reduce(
          (sum, value, each) => sum + value * (row[head * width + each] ?? NaN),
          0,
        );
        expect(found[text]?.[head]?.[i]?.[j]).toBeCloseTo(expected, 5);
      }
    }
  });
});
