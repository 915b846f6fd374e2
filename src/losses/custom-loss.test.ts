import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { CachedSpladeLoss, CSRLoss, Loss, SpladeLoss, totalLoss } from '../api/losses.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { autoEncoderModel, featuresOf, passThroughModel } from '../testing/models.js';
import { sum } from '../testing/plain-math.js';

/** Attraction: `strength` times the sum of squared distances of columns 0 and 1. */
class AttractionLoss extends Loss {
  readonly strength: number;

  constructor(model: EmbeddingModel, { strength }: { strength: number }) {
    super(model);
    this.strength = strength;
  }

  override forward(sentenceFeatures: readonly Features[]): tf.Scalar {
    return this.computeLossFromEmbeddings(
      sentenceFeatures.map((features) => this.model.forward(features).sentenceEmbedding as tf.Tensor2D),
    );
  }

  computeLossFromEmbeddings([a, b]: EmbeddingColumns): tf.Scalar {
    return tf.tidy(() =>
      tf
        .sub(a as tf.Tensor2D, b as tf.Tensor2D)
        .square()
        .sum()
        .mul(this.strength),
    );
  }
}

/** A loss that only trains alone: it has no computeLossFromEmbeddings. */
class MeanLoss extends Loss {
  override forward([first]: readonly Features[]): tf.Scalar {
    return tf.mean(this.model.forward(first as Features).sentenceEmbedding as tf.Tensor2D);
  }
}

const model = passThroughModel();
const columns = randomColumns(40, 2, 3, 4);
const attraction = ([a = [], b = []]: Matrix[], strength: number): number =>
  strength * sum(a.flat().map((x, i) => (x - (b.flat()[i] ?? NaN)) ** 2));
const differences = (columns[0] ?? []).map((row, r) => row.map((x, d) => x - (columns[1]?.[r]?.[d] ?? NaN)));

describe('a loss of the user', () => {
  it('trains alone through forward', () => {
    const loss = new AttractionLoss(model, { strength: 2 });
    const { value, gradients } = tensorOutcome((e) => loss.forward(featuresOf(e)), columns);
    expect(value).toBeCloseTo(attraction(columns, 2), 5);
    gradients[0]?.flat().forEach((entry, i) => {
      expect(entry).toBeCloseTo(4 * (differences.flat()[i] ?? NaN), 5);
    });
  });

  it('is a base loss of SpladeLoss, CachedSpladeLoss and CSRLoss', () => {
    const loss = new AttractionLoss(model, { strength: 2 });
    const options = { loss, documentRegularizerWeight: 0, queryRegularizerWeight: 0 };
    const wrappers = [
      new SpladeLoss(model, options),
      new CachedSpladeLoss(model, { ...options, miniBatchSize: 2 }),
      new CSRLoss(autoEncoderModel(), { loss, gamma: 1 }),
    ];
    for (const wrapper of wrappers) {
      const base = (e: tf.Tensor2D[]): tf.Scalar => wrapper.forward(featuresOf(e))['base_loss'] as tf.Scalar;
      expect(tensorOutcome(base, columns).value).toBeCloseTo(attraction(columns, 2), 5);
    }
  });

  it('has a model that a trainer can replace', () => {
    const loss = new AttractionLoss(model, { strength: 1 });
    const doubling: EmbeddingModel = {
      forward: ({ sentenceEmbedding }) => ({ sentenceEmbedding: sentenceEmbedding?.mul(2) as tf.Tensor }),
    };
    loss.model = doubling;
    const { value } = tensorOutcome((e) => loss.forward(featuresOf(e)), columns);
    expect(value).toBeCloseTo(4 * attraction(columns, 1), 4);
  });

  it('has an empty configuration and no citation unless it says otherwise', () => {
    const loss = new AttractionLoss(model, { strength: 1 });
    expect(loss.getConfigDict()).toEqual({});
    expect(loss.citation).toBeUndefined();
  });

  it('works alone but not inside a wrapper where it has no computeLossFromEmbeddings', () => {
    const loss = new MeanLoss(model);
    const { value } = tensorOutcome((e) => totalLoss(loss.forward(featuresOf(e))), columns);
    expect(value).toBeCloseTo(sum((columns[0] ?? []).flat()) / 12, 5);
    expect(() => new SpladeLoss(model, { loss: loss as never, documentRegularizerWeight: 1 })).toThrow(
      /SpladeLoss: loss is an object \(MeanLoss\); expected .*computeLossFromEmbeddings/,
    );
  });
});
