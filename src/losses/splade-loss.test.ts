import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import type { Features } from '../features.js';
import { tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns, tensorOf } from '../testing/matrices.js';
import { featuresOf, passThroughModel } from '../testing/models.js';
import { entryOf, mean, rowOf, sum } from '../testing/plain-math.js';
import { warningsOf } from '../testing/warnings.js';
import { FlopsLoss } from './flops-loss.js';
import { type BaseLoss, type Regularizer, totalLoss } from './loss.js';
import { SparseMSELoss } from './sparse-mse-loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss, type SpladeLossOptions } from './splade-loss.js';

const model = passThroughModel();
const ranking = new SparseMultipleNegativesRankingLoss(model);
const columns = randomColumns(20, 3, 4, 5);

function create(options: Partial<SpladeLossOptions>, loss: BaseLoss = ranking): SpladeLoss {
  return new SpladeLoss(model, {
    loss,
    documentRegularizerWeight: 0.5,
    queryRegularizerWeight: 0.25,
    ...options,
  });
}

function componentsOf(loss: SpladeLoss, matrices: readonly Matrix[] = columns): [string, number][] {
  return tf.tidy(() =>
    Object.entries(loss.forward(featuresOf(matrices.map(tensorOf)))).map(([key, value]) => [
      key,
      value.dataSync()[0] ?? NaN,
    ]),
  ) as unknown as [string, number][];
}

const flops = (matrices: readonly Matrix[]): number => {
  const rows = matrices.flat();
  return sum(rowOf(rows, 0).map((_, d) => mean(rows.map((row) => entryOf(row, d))) ** 2));
};

const rankingValue = tensorOutcome((e) => ranking.computeLossFromEmbeddings(e), columns).value;

/** The mean of all entries, as a regularizer without a threshold. */
class MeanActivation implements Regularizer {
  computeLossFromEmbeddings(embeddings: tf.Tensor2D): tf.Scalar {
    return embeddings.mean();
  }
}

describe('SpladeLoss', () => {
  it('adds the FLOPS of all documents together, and of the queries, to the base loss', () => {
    const [queries = [], ...documents] = columns;
    expect(componentsOf(create({}))).toEqual([
      ['base_loss', expect.closeTo(rankingValue, 5)],
      ['document_regularizer_loss', expect.closeTo(0.5 * flops(documents), 5)],
      ['query_regularizer_loss', expect.closeTo(0.25 * flops([queries]), 5)],
    ]);
  });

  it('has the sum of the gradients of its terms as its gradient', () => {
    const total = tensorOutcome((e) => totalLoss(create({}).forward(featuresOf(e))), columns);
    const flopsLoss = new FlopsLoss(model);
    const parts = tensorOutcome(
      (e) =>
        ranking
          .computeLossFromEmbeddings(e)
          .add(flopsLoss.computeLossFromEmbeddings(tf.concat2d(e.slice(1), 0)).mul(0.5))
          .add(flopsLoss.computeLossFromEmbeddings(e[0] as tf.Tensor2D).mul(0.25)),
      columns,
    );
    expect(total.value).toBeCloseTo(parts.value, 5);
    total.gradients.flat(2).forEach((entry, i) => {
      expect(entry).toBeCloseTo(parts.gradients.flat(2)[i] ?? NaN, 6);
    });
  });

  it('regularizes no query without a query weight, and warns of it', () => {
    const warnings = warningsOf(() => {
      const keys = componentsOf(create({ queryRegularizerWeight: null })).map(([key]) => key);
      expect(keys).toEqual(['base_loss', 'document_regularizer_loss']);
      // Once per process, however many losses are made.
      create({ queryRegularizerWeight: null });
    });
    expect(warnings).toEqual([expect.stringMatching(/without queryRegularizerWeight/)]);
  });

  it('treats every column as documents with useDocumentRegularizerOnly, and warns of a query weight', () => {
    const warnings = warningsOf(() => {
      const loss = create({ useDocumentRegularizerOnly: true });
      expect(componentsOf(loss)).toEqual([
        ['base_loss', expect.closeTo(rankingValue, 5)],
        ['document_regularizer_loss', expect.closeTo(0.5 * flops(columns), 5)],
      ]);
      expect(loss.queryRegularizerWeight).toBeNull();
    });
    expect(warnings).toEqual([expect.stringMatching(/queryRegularizerWeight has no effect/)]);
  });

  it('hands thresholds to its FLOPS regularizers', () => {
    const loss = create({ documentRegularizerThreshold: 3, queryRegularizerThreshold: 2 });
    expect(loss.documentRegularizer).toBeInstanceOf(FlopsLoss);
    expect([loss.documentRegularizer.threshold, loss.queryRegularizer?.threshold]).toEqual([3, 2]);
  });

  it('takes other regularizers, whose thresholds are their own', () => {
    const loss = create({
      documentRegularizer: new MeanActivation(),
      queryRegularizer: new MeanActivation(),
      documentRegularizerThreshold: 3,
    });
    const values = Object.fromEntries(componentsOf(loss));
    const [queries = [], ...documents] = columns;
    expect(values['document_regularizer_loss']).toBeCloseTo(0.5 * mean(documents.flat(2)), 5);
    expect(values['query_regularizer_loss']).toBeCloseTo(0.25 * mean(queries.flat()), 5);
  });

  it('uses weights that were changed after construction', () => {
    const loss = create({});
    loss.documentRegularizerWeight = 0;
    loss.queryRegularizerWeight = 4;
    expect(componentsOf(loss).slice(1)).toEqual([
      ['document_regularizer_loss', 0],
      ['query_regularizer_loss', expect.closeTo(4 * flops(columns.slice(0, 1)), 5)],
    ]);
  });

  it('keeps the names of a base loss with components', () => {
    const base: BaseLoss = {
      computeLossFromEmbeddings: ([a]) => ({ near: (a as tf.Tensor2D).sum(), far: tf.scalar(2) }),
    };
    expect(componentsOf(create({}, base)).map(([key]) => key)).toEqual([
      'near',
      'far',
      'document_regularizer_loss',
      'query_regularizer_loss',
    ]);
  });

  it('gives SparseMSELoss the label tensor, so that it computes the same as alone', () => {
    const mse = new SparseMSELoss(model);
    const embeddings = columns.map(tensorOf);
    const labels = tf.stack(embeddings.toReversed(), 1);
    const { base_loss: inside } = create({}, mse).forward(featuresOf(embeddings), labels);
    expect(inside?.dataSync()).toEqual(mse.forward(featuresOf(embeddings), labels).dataSync());
  });

  it('embeds each column once, in order', () => {
    const seen: unknown[] = [];
    const counting = {
      forward: (features: Features): Features => {
        seen.push(features['name']);
        return features;
      },
    };
    const features = featuresOf(columns.map(tensorOf)).map((column, i) => ({
      ...column,
      name: `column ${i}`,
    }));
    new SpladeLoss(counting, {
      loss: ranking,
      documentRegularizerWeight: 1,
      queryRegularizerWeight: 1,
    }).forward(features);
    expect(seen).toEqual(['column 0', 'column 1', 'column 2']);
  });

  it('lists the options that the reference lists', () => {
    expect(Object.entries(create({}).getConfigDict())).toEqual([
      ['loss', ranking],
      ['document_regularizer_weight', 0.5],
      ['query_regularizer_weight', 0.25],
    ]);
    const full = create({
      documentRegularizer: new MeanActivation(),
      queryRegularizer: new FlopsLoss(model, { threshold: 5 }),
    });
    expect(Object.entries(full.getConfigDict())).toEqual([
      ['loss', ranking],
      ['document_regularizer_weight', 0.5],
      ['query_regularizer_weight', 0.25],
      ['document_regularizer', 'MeanActivation'],
      ['query_regularizer_threshold', 5],
    ]);
  });

  it('cites Formal et al.', () => {
    expect(create({}).citation).toContain('@misc{formal2022distillationhardnegativesampling,');
  });
});
