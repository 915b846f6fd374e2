import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  dotScore,
  pairwiseDotScore,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseDistillKLDivLoss,
  SparseMarginMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
} from '../api/losses.js';
import { InputError } from '../errors.js';
import { passThroughModel } from '../testing/models.js';

const model = passThroughModel();
const columns = (count: number): tf.Tensor2D[] => Array.from({ length: count }, () => tf.ones([2, 3]));
const matrixForm = dotScore as never;
const pairwiseForm = pairwiseDotScore as never;
const twoByTwo = tf.ones([2, 2]);

/** Options whose functions return a wrong shape. Broadcasting would hide most of these. */
const cases = [
  {
    what: 'SparseMultipleNegativesRankingLoss: similarityFct gave shape [2]; expected [2, 2], one number per pair of rows',
    compute: () =>
      new SparseMultipleNegativesRankingLoss(model, {
        similarityFct: pairwiseForm,
      }).computeLossFromEmbeddings(columns(2)),
  },
  {
    what: 'SparseCoSENTLoss: similarityFct gave shape [2, 2]; expected [2], one number per row',
    compute: () =>
      new SparseCoSENTLoss(model, { similarityFct: matrixForm }).computeLossFromEmbeddings(
        columns(2),
        tf.ones([2]),
      ),
  },
  {
    what: 'SparseTripletLoss: distanceMetric gave shape [2, 2]; expected [2], one number per row',
    compute: () =>
      new SparseTripletLoss(model, { distanceMetric: matrixForm }).computeLossFromEmbeddings(columns(3)),
  },
  {
    what: 'SparseMarginMSELoss: similarityFct gave shape [2, 2]; expected [2], one number per row',
    compute: () =>
      new SparseMarginMSELoss(model, { similarityFct: matrixForm }).computeLossFromEmbeddings(
        columns(4),
        twoByTwo,
      ),
  },
  {
    what: 'SparseDistillKLDivLoss: similarityFct gave shape [2, 2]; expected [2], one number per row',
    compute: () =>
      new SparseDistillKLDivLoss(model, { similarityFct: matrixForm }).computeLossFromEmbeddings(
        columns(3),
        twoByTwo,
      ),
  },
  {
    what: 'SparseCosineSimilarityLoss: lossFct gave shape [2]; expected [], a scalar',
    compute: () =>
      new SparseCosineSimilarityLoss(model, {
        lossFct: (scores, labels) => scores.sub(labels),
      }).computeLossFromEmbeddings(columns(2), tf.ones([2])),
  },
  {
    what: 'SparseCosineSimilarityLoss: cosScoreTransformation gave shape [1]; expected [2], one number per row',
    compute: () =>
      new SparseCosineSimilarityLoss(model, {
        cosScoreTransformation: (scores) => scores.slice(0, 1),
      }).computeLossFromEmbeddings(columns(2), tf.ones([2])),
  },
  {
    what: 'SparseTripletLoss: distanceMetric gave 1; expected a tensor',
    compute: () =>
      new SparseTripletLoss(model, { distanceMetric: (() => 1) as never }).computeLossFromEmbeddings(
        columns(3),
      ),
  },
];

describe('a function of the wrong form is refused instead of broadcast', () => {
  it.each(cases)('$what', ({ what, compute }) => {
    expect(compute).toThrow(new InputError(what));
  });

  it('and leaves no tensor behind', () => {
    const inputs = columns(2);
    const loss = new SparseMultipleNegativesRankingLoss(model, { similarityFct: pairwiseForm });
    const before = tf.memory().numTensors;
    expect(() => loss.computeLossFromEmbeddings(inputs)).toThrow(InputError);
    expect(tf.memory().numTensors).toBe(before);
  });
});
