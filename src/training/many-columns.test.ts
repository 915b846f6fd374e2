// @module-tag slow
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { afterAll, expect, it } from 'vitest';
import { collate } from '../datasets/collate.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { setEngine } from '../engine/set-engine.js';
import { totalLoss } from '../losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { packageRoot } from '../package-root.js';
import { CompiledLoss } from './loss-and-gradients.js';

afterAll(() => setEngine('cpu'));

/** A query, its document and negatives. The texts have different lengths in each column. */
const rowOf = (columns: number, row: number): Record<string, string> =>
  Object.fromEntries(
    Array.from({ length: columns }, (_, at) => [
      `c${at}`,
      Array(1 + ((at * 7 + row * 3) % 9))
        .fill('cat')
        .join(' '),
    ]),
  );

it.each([3, 9])('one program serves batches of %d columns of any lengths', async (columns) => {
  await setEngine('onnx');
  const model = await SparseEncoder.load(join(packageRoot(), 'fixtures', 'models', 'splade-bert'));
  const loss = new SpladeLoss(model, {
    loss: new SparseMultipleNegativesRankingLoss(model),
    documentRegularizerWeight: 0.1,
    queryRegularizerWeight: 0.1,
  });
  const compiled = new CompiledLoss(loss, model.trainableVariables());
  for (const rows of [3, 5]) {
    const data = Array.from({ length: rows }, (_, row) => rowOf(columns, row + rows));
    const plain = await collate(model, data);
    const expected = await totalLoss(loss.forward(plain.features)).data();
    const batch = await collate(model, data, { packed: true });
    const { loss: value, gradients } = await compiled.gradients(batch);
    expect(value).toBeCloseTo(expected[0] ?? Number.NaN, 4);
    tf.dispose(gradients);
    plain.dispose();
    batch.dispose();
  }
  await Promise.all([compiled.dispose(), model.dispose()]);
});
