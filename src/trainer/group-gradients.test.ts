// @module-tag slow
import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { trainingBatch } from '../datasets/training-batch.js';
import { variablesOf } from '../encoder/module-tree.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { setEngine } from '../engine/set-engine.js';
import { CachedSpladeLoss } from '../losses/cached-splade-loss.js';
import { CSRLoss } from '../losses/csr-loss.js';
import { SparseMarginMSELoss } from '../losses/sparse-margin-mse-loss.js';
import { SpladeLoss } from '../losses/splade-loss.js';
import { oneLayerModel } from '../testing/built-programs.js';
import { loadFixture } from '../testing/trainer.js';
import { furthest } from '../testing/training-steps.js';
import { disposeGroup, GroupGradients } from './group-gradients.js';
import type { TrainableLoss } from './losses.js';

const COLUMNS = { inputs: ['query', 'positive', 'negative'], label: 'score' };
const ROWS = Array.from({ length: 10 }, (_, row) => ({
  query: `a cloud of ${'particles '.repeat(row % 3)}`,
  positive: `the handle ${'of a sword '.repeat(row % 4)}`,
  negative: `${'rain '.repeat(1 + (row % 5))}on a stone`,
  score: row / 7,
}));
type Gradients = Awaited<ReturnType<GroupGradients['of']>>;
const batchOf = (begin: number, end: number) => trainingBatch(ROWS.slice(begin, end), COLUMNS);

describe('the gradients of several batches', () => {
  let splade: SparseEncoder;
  /** SpladeLoss on all rows: as one batch, and as two. */
  let whole: Gradients;
  let halves: Gradients;
  /** Each half alone. */
  let singles: Gradients[];
  beforeAll(async () => {
    await setEngine('onnx');
    splade = await SparseEncoder.load(oneLayerModel());
    const cuts = [
      [0, 10],
      [0, 5, 10],
      [0, 5],
      [5, 10],
    ];
    [whole, halves, ...singles] = (await gradientsOf(splade, spladeLoss(splade), cuts)) as [
      Gradients,
      Gradients,
      ...Gradients[],
    ];
  });
  afterAll(() => {
    tf.dispose([whole, halves, ...singles].flatMap(({ gradients }) => gradients));
    return splade.dispose();
  });

  /** For this base loss, the mean over equal parts equals the mean over all rows. */
  const spladeLoss = (model: SparseEncoder): SpladeLoss =>
    new SpladeLoss(model, {
      loss: new SparseMarginMSELoss(model),
      documentRegularizerWeight: 0.3,
      queryRegularizerWeight: 0.2,
    });

  /** For each list of cuts, by the same programs. */
  async function gradientsOf(
    model: SparseEncoder,
    loss: TrainableLoss,
    cuts: readonly (readonly number[])[],
  ): Promise<Gradients[]> {
    const gradients = new GroupGradients(model, loss, model.trainableVariables());
    const results: Gradients[] = [];
    for (const each of cuts) results.push(await resultOf(gradients, each));
    await gradients.dispose();
    return results;
  }

  async function resultOf(gradients: GroupGradients, cuts: readonly number[]): Promise<Gradients> {
    const batches = cuts.slice(1).map((end, index) => batchOf(cuts[index] ?? 0, end));
    const group = await gradients.prepare(batches);
    const result = await gradients.of(group);
    disposeGroup(group);
    return result;
  }

  it('are those of the joined batch, regularizers included', async () => {
    for (const [name, value] of Object.entries(whole.components)) {
      expect(halves.components[name], name).toBeCloseTo(value, 4);
    }
    // Some gradients, such as those of the key biases, are 0 except for rounding.
    expect(await furthest(halves.gradients, whole.gradients, 1)).toBeLessThan(1e-4);
    // FLOPS averaged over the parts would be larger.
    const [a, b] = singles.map(({ components }) => components['document_regularizer_loss'] ?? NaN);
    expect(((a ?? NaN) + (b ?? NaN)) / 2).toBeGreaterThan(
      whole.components['document_regularizer_loss'] ?? NaN,
    );
  });

  it('come with the sparsity of the embeddings, whichever way the embeddings are computed', async () => {
    const cached = new CachedSpladeLoss(splade, {
      loss: new SparseMarginMSELoss(splade),
      documentRegularizerWeight: 0.3,
      queryRegularizerWeight: 0.2,
      miniBatchSize: 3,
    });
    const inMiniBatches = await gradientsOf(splade, cached, [
      [0, 10],
      [0, 4, 8, 10],
    ]);
    const found = [whole, halves, ...inMiniBatches];
    const [queries, documents] = [
      await splade.encode(ROWS.map(({ query }) => query)),
      await splade.encode(ROWS.flatMap(({ positive, negative }) => [positive, negative])),
    ];
    const dims = [queries, documents].map(({ rows, values }) => values.length / rows);
    for (const { activity } of found) {
      expect(activity?.query_active_dims).toBeCloseTo(dims[0] ?? NaN, 4);
      expect(activity?.document_active_dims).toBeCloseTo(dims[1] ?? NaN, 4);
      expect(activity?.expected_flops).toBeCloseTo(found[0]?.activity?.expected_flops ?? NaN, 3);
    }
    tf.dispose(inMiniBatches.flatMap(({ gradients }) => gradients));
  });

  it('keep the losses of several data sets apart', async () => {
    const [a, b] = [spladeLoss(splade), spladeLoss(splade)];
    const gradients = new GroupGradients(splade, { a, b }, splade.trainableVariables());
    const of = (dataset: string, begin: number, end: number) => ({ ...batchOf(begin, end), dataset });
    const batches = [of('a', 0, 5), of('b', 5, 8), of('a', 5, 10)];
    const group = await gradients.prepare(batches);
    const result = await gradients.of(group);
    disposeGroup(group);
    await gradients.dispose();
    const names = ['base_loss', 'document_regularizer_loss', 'query_regularizer_loss'];
    expect(Object.keys(result.components)).toEqual(
      ['a', 'b'].flatMap((dataset) => names.map((name) => `${dataset}_${name}`)),
    );
    for (const name of names) {
      expect(result.components[`a_${name}`]).toBeCloseTo(halves.components[name] ?? NaN, 5);
    }
    expect([...result.activities.keys()]).toEqual([a, b]);
    expect(result.activities.get(a)?.document_active_dims).toBeCloseTo(
      halves.activity?.document_active_dims ?? NaN,
      4,
    );
    tf.dispose(result.gradients);
  });

  it("are the mean of the batches' gradients for other losses", async () => {
    const model = await loadFixture('csr-deep');
    const loss = new CSRLoss(model, { loss: new SparseMarginMSELoss(model) });
    const cuts = [
      [0, 6],
      [6, 10],
      [0, 6, 10],
    ];
    const [a, b, both] = (await gradientsOf(model, loss, cuts)) as [Gradients, Gradients, Gradients];
    expect(both.loss).toBeCloseTo((a.loss + b.loss) / 2, 4);
    const means = a.gradients.map((each, index) =>
      tf.tidy(() => each.add(b.gradients[index] as tf.Tensor).div(2)),
    );
    expect(await furthest(both.gradients, means, 1e-3)).toBeLessThan(1e-5);
    tf.dispose([...means, ...[a, b, both].flatMap(({ gradients }) => gradients)]);
    await model.dispose();
  });

  it('count latents that stay inactive while a model is in training', async () => {
    const model = await loadFixture('csr-deep');
    model.mode = 'train';
    const counters = variablesOf(model.modules).find(({ dtype }) => dtype === 'int32') as tf.Variable;
    const before = [...(await counters.data())];
    const loss = new CSRLoss(model, { loss: new SparseMarginMSELoss(model) });
    const [{ gradients }] = (await gradientsOf(model, loss, [[0, 6, 10]])) as [Gradients];
    const grown = [...(await counters.data())].map((count, index) => count - (before[index] ?? 0));
    // Two batches of three columns each.
    expect(Math.max(...grown)).toBe(12);
    expect(Math.min(...grown)).toBeLessThan(12);
    tf.dispose(gradients);
    await model.dispose();
  });
});
