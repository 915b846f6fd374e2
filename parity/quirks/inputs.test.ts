import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  type BaseLoss,
  CSRReconstructionLoss,
  dotScore,
  FlopsLoss,
  InputError,
  type PairwiseSimilarityFunction,
  SparseAnglELoss,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseDistillKLDivLoss,
  SparseMarginMSELoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
  SpladeLoss,
} from '../../src/api/losses.js';
import {
  autoencoderOutput,
  columnsOf,
  constant,
  identityModel,
  rows,
  slope,
  valueOf,
} from '../testing/identity-model.js';
import { INPUT_QUIRKS } from './inputs.js';

const model = identityModel();
const cosent = new SparseCoSENTLoss(model);
const angle = new SparseAnglELoss(model);
const cosine = new SparseCosineSimilarityLoss(model);
const ranking = new SparseMultipleNegativesRankingLoss(model);
const triplet = new SparseTripletLoss(model);
const mse = new SparseMSELoss(model);
const margin = new SparseMarginMSELoss(model);
const divergence = new SparseDistillKLDivLoss(model);

/** Each loss refuses these columns and labels with the words of `expected`. */
function refuses(
  losses: readonly BaseLoss[],
  columns: tf.Tensor2D[],
  labels: tf.Tensor | undefined,
  expected: RegExp,
): void {
  for (const loss of losses) {
    const compute = (): unknown => loss.computeLossFromEmbeddings(columns, labels);
    expect(compute).toThrow(InputError);
    expect(compute).toThrow(expected);
  }
}

function wrapped(base: BaseLoss): SpladeLoss {
  return new SpladeLoss(model, { loss: base, documentRegularizerWeight: 0, queryRegularizerWeight: 0 });
}

const three = [rows(2, 3, 1), rows(2, 3, 2), rows(2, 3, 3)];

const PROOFS: Record<string, () => void> = {
  'mse-label-rows-as-columns': () => {
    const columns = columnsOf(rows(2, 3, 1), rows(2, 3, 2));
    for (const labels of [rows(2, 3, 4), rows(2, 6, 4).reshape([2, 2, 3])]) {
      const { base_loss: inside } = wrapped(mse).forward(columns, labels);
      expect(valueOf(inside as tf.Scalar)).toBe(valueOf(mse.forward(columns, labels)));
    }
  },
  'mse-columns-dropped': () => {
    const [first, second, target] = [rows(1, 3, 1), rows(1, 3, 2), rows(1, 3, 3)];
    const ofSecond = (x: tf.Tensor2D): tf.Scalar =>
      wrapped(mse).forward(columnsOf(first, x), target)['base_loss'] as tf.Scalar;
    expect(slope(ofSecond, second)).toBeGreaterThan(0.1);
  },
  'target-broadcast': () => {
    refuses([mse], [rows(2, 3)], rows(2, 1), /labels have shape \[2, 1\]/);
    const narrow = { ...autoencoderOutput(), decodedEmbeddingK: rows(2, 1) };
    const compute = (): unknown => new CSRReconstructionLoss(model).computeLossFromEmbeddings([narrow]);
    expect(compute).toThrow(/decodedEmbeddingK of column 0 has shape \[2, 1\]/);
  },
  'extra-column-ignored': () =>
    refuses([cosent, angle, cosine], three, tf.tensor1d([0, 1]), /got 3 columns; expected 2/),
  'ranking-extra-positives': () =>
    refuses([ranking], [rows(2, 4), rows(4, 4), rows(5, 4)], undefined, /\[4, 4\]/),
  'ranking-fewer-positives': () => refuses([ranking], [rows(3, 4), rows(2, 4)], undefined, /\[2, 4\]/),
  'single-row-broadcast': () => {
    refuses([triplet], [rows(3, 4), rows(1, 4), rows(3, 4)], undefined, /\[1, 4\]/);
    refuses([margin], [rows(3, 4), rows(1, 4), rows(3, 4)], tf.zeros([3]), /\[1, 4\]/);
    refuses([cosent, angle], [rows(3, 4), rows(1, 4)], tf.tensor1d([0, 1, 2]), /\[1, 4\]/);
  },
  'too-few-columns': () => {
    refuses([cosent, angle], [rows(2, 3)], tf.tensor1d([0, 1]), /takes \(sentence1, sentence2\)/);
    refuses([margin], three.slice(0, 2), tf.tensor2d([[0], [1]]), /expected at least 3/);
    refuses([triplet], three.slice(0, 2), undefined, /takes \(anchor, positive, negative\)/);
  },
  'missing-labels': () => {
    refuses([cosent, angle, cosine], three.slice(0, 2), undefined, /labels are missing; expected one number/);
    refuses([margin, divergence, mse], three, undefined, /labels are missing; expected/);
  },
  'nan-label-cosent': () =>
    refuses([cosent, angle], three.slice(0, 2), tf.tensor1d([0.5, Number.NaN]), /label \[1\] is NaN/),
  'nan-label-regression': () => {
    const labels = tf.tensor1d([0.5, Number.NaN]);
    refuses([margin], three, labels, /label \[1\] is NaN/);
    refuses([cosine], three.slice(0, 2), labels, /label \[1\] is NaN/);
    refuses([mse], three.slice(0, 1), constant(2, 3, Number.NaN), /label \[0, 0\] is NaN/);
  },
  'kl-first-batch-only': () => {
    const one = new SparseDistillKLDivLoss(model);
    const bad = tf.tensor2d([
      [1, 2],
      [1, Number.NaN],
    ]);
    for (let call = 0; call < 2; call++) refuses([one], three, bad, /label \[1, 1\] is NaN/);
    one.computeLossFromEmbeddings(three, tf.zeros([2, 2]));
    refuses([one], three, bad, /label \[1, 1\] is NaN/);
  },
  'kl-plus-infinity': () => {
    const scores = (score: number): tf.Tensor2D =>
      tf.tensor2d([
        [1, 2],
        [1, score],
      ]);
    refuses([divergence], three, scores(Infinity), /label \[1, 1\] is Infinity/);
    const value = valueOf(divergence.computeLossFromEmbeddings(three, scores(-Infinity)));
    expect(value).toBeGreaterThan(0);
    expect(value).toBeLessThan(Infinity);
  },
  'margin-labels-small-integers': () => {
    const columns = [rows(1, 3, 1), rows(1, 3, 2), rows(1, 3, 3)];
    const of = (labels: tf.Tensor): number => valueOf(margin.computeLossFromEmbeddings(columns, labels));
    expect(of(tf.tensor2d([1, 2], [1, 2], 'int32'))).toBe(of(tf.tensor1d([-1])));
    expect(of(tf.tensor2d([1, 0], [1, 2], 'bool'))).toBe(of(tf.tensor1d([1])));
  },
  'matrix-similarity-as-pairwise': () => {
    // @ts-expect-error: a matrix is not one number per row
    const matrix: PairwiseSimilarityFunction = dotScore;
    const labels = tf.tensor1d([0, 1]);
    refuses(
      [new SparseCoSENTLoss(model, { similarityFct: matrix })],
      three.slice(0, 2),
      labels,
      /gave shape/,
    );
    refuses(
      [
        new SparseMarginMSELoss(model, { similarityFct: matrix }),
        new SparseTripletLoss(model, { distanceMetric: matrix }),
      ],
      three,
      labels,
      /gave shape/,
    );
  },
  'empty-batch': () => {
    const none = tf.zeros<tf.Rank.R2>([0, 3]);
    refuses([ranking, cosent, angle, cosine], [none, none], tf.zeros([0]), /the batch is empty/);
    refuses([triplet, margin], [none, none, none], tf.zeros([0]), /the batch is empty/);
    refuses([mse], [none], none, /the batch is empty/);
    expect(() => new FlopsLoss(model).computeLossFromEmbeddings(none)).toThrow(/the batch is empty/);
  },
};

describe('how our losses treat columns and labels where the reference has a quirk', () => {
  it.each(INPUT_QUIRKS)('$id: $ours', ({ id }) => {
    expect(Object.keys(PROOFS)).toContain(id);
    PROOFS[id]?.();
  });
});
