import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import {
  CSRReconstructionLoss,
  euclideanSim,
  type Features,
  FlopsLoss,
  pairwiseAngleSim,
  pairwiseCosSim,
  pairwiseEuclideanSim,
  pairwiseManhattanSim,
  type SimilarityFunction,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
} from '../../src/api/losses.js';
import { constant, identityModel, rows, slope, valueOf } from '../testing/identity-model.js';
import { NUMBER_QUIRKS } from './numbers.js';

const model = identityModel();
const reconstruction = new CSRReconstructionLoss(model);
const ranking = new SparseMultipleNegativesRankingLoss(model);

function flops(embeddings: number[][], threshold: number | null = null): number {
  return valueOf(new FlopsLoss(model, { threshold }).computeLossFromEmbeddings(tf.tensor2d(embeddings)));
}

/** Reconstructions of x for which only the auxiliary term remains. */
function auxiliaryOnly(x: tf.Tensor2D): Features {
  return {
    sentenceEmbeddingBackbone: x,
    decodedEmbeddingK: x,
    decodedEmbedding4k: x,
    decodedEmbeddingAux: tf.zerosLike(x),
    decodedEmbeddingKPreBias: tf.zerosLike(x),
  };
}

const PROOFS: Record<string, () => void> = {
  'euclidean-matrix-equal-rows': () => {
    const x = rows(26, 64).mul<tf.Tensor2D>(10);
    const diagonal = (y: tf.Tensor2D): tf.Tensor => euclideanSim(x, y).abs().mul(tf.eye(26)).sum(1);
    expect(diagonal(x).dataSync()).toEqual(new Float32Array(26));
    const near = x.add<tf.Tensor2D>(1e-4);
    expect(valueOf(diagonal(near).mean())).toBeCloseTo(8e-4, 5);
    expect(slope((y) => diagonal(y).sum(), near)).toBeCloseTo(Math.sqrt(26), 3);
  },
  'zero-row-cosine': () => {
    const [zero, other] = [tf.zeros<tf.Rank.R2>([1, 3]), tf.tensor2d([[0, 3, 4]])];
    expect(slope((x) => pairwiseCosSim(x, other).sum(), zero) / 1e12).toBeCloseTo(1, 5);
    const sum = new SparseCosineSimilarityLoss(model, { lossFct: (cosines) => cosines.sum() });
    const gradient = slope((x) => sum.computeLossFromEmbeddings([x, other], tf.zeros([1])), zero);
    expect(gradient / 1e8).toBeCloseTo(1, 5);
  },
  'tiny-row-cosine': () => {
    const [tiny, other] = [constant(1, 3, 1e-10), tf.tensor2d([[1, 1, 1]])];
    const sum = new SparseCosineSimilarityLoss(model, { lossFct: (cosines) => cosines.sum() });
    expect(valueOf(pairwiseCosSim(tiny, other))).toBeCloseTo(1, 5);
    const clamped = valueOf(sum.computeLossFromEmbeddings([tiny, other], tf.zeros([1])));
    expect(clamped).toBeCloseTo(Math.sqrt(3) * 1e-2, 5);
  },
  'cosine-labels-float32': () => {
    const labels: tf.DataType[] = [];
    const lossFct = (cosines: tf.Tensor1D, targets: tf.Tensor1D): tf.Scalar => {
      labels.push(targets.dtype, cosines.dtype);
      return cosines.sub(targets).sum();
    };
    const loss = new SparseCosineSimilarityLoss(model, { lossFct });
    loss.computeLossFromEmbeddings([rows(2, 3), rows(2, 3)], tf.tensor1d([0, 1], 'int32'));
    expect(labels).toEqual(['float32', 'float32']);
  },
  'cosine-is-mean-square': () => {
    const [a, b, labels] = [rows(3, 4, 1), rows(3, 4, 2), tf.tensor1d([0, 0.25, 0.5])];
    const differences = pairwiseCosSim(a, b).sub(labels);
    const value = valueOf(new SparseCosineSimilarityLoss(model).computeLossFromEmbeddings([a, b], labels));
    expect(value).toBeCloseTo(valueOf(differences.square().mean()), 6);
    expect(Math.abs(value - valueOf(differences.norm()))).toBeGreaterThan(0.01);
  },
  'opposite-rows-have-angle-similarity-one': () => {
    const x = tf.tensor2d([
      [1, 2, 3, 4],
      [1, 0, 0, 0],
    ]);
    const y = tf.tensor2d([
      [-1, -2, -3, -4],
      [0, 0, 1, 0],
    ]);
    for (const similarity of pairwiseAngleSim(x, y).dataSync()) expect(similarity).toBeCloseTo(1, 6);
  },
  'angle-not-symmetric': () => {
    const [a, b] = [rows(1, 4, 1), rows(1, 4, 2)];
    const difference = valueOf(pairwiseAngleSim(a, b)) - valueOf(pairwiseAngleSim(b, a));
    expect(Math.abs(difference)).toBeGreaterThan(0.01);
  },
  'flops-signs-cancel': () => {
    const opposite = [
      [3, 1],
      [-3, -1],
    ];
    expect(flops(opposite)).toBe(0);
  },
  'flops-dropped-row-poisons': () => {
    const dropped = [
      [Infinity, 0],
      [1, 1],
    ];
    expect(flops(dropped, 1)).toBeNaN();
  },
  'flops-dropped-rows-count': () => {
    const dropped = [
      [1, 0],
      [1, 1],
    ];
    expect(flops(dropped, 1)).toBe(0.5);
    expect(flops(dropped.slice(1), 1)).toBe(2);
  },
  'hardness-uses-raw-similarity': () => {
    const x = tf.tensor2d([
      [3, 0],
      [3, 1],
    ]);
    const loss = new SparseMultipleNegativesRankingLoss(model, {
      hardnessMode: 'in_batch_negatives',
      hardnessStrength: 1,
    });
    // Scores 9, 9 and 9, 10; the score of the other row counts twice.
    const expected =
      (Math.log(Math.exp(9) + Math.exp(18)) - 9 + Math.log(Math.exp(18) + Math.exp(10)) - 10) / 2;
    expect(valueOf(loss.computeLossFromEmbeddings([x, x]))).toBeCloseTo(expected, 4);
  },
  'ranking-overflow': () => {
    const x = constant(2, 2, 1e20);
    expect(valueOf(ranking.computeLossFromEmbeddings([x, x]))).toBeNaN();
  },
  'cosent-nan-score-equal-labels': () => {
    const x = constant(2, 2, Number.NaN);
    const loss = (labels: number[]): number =>
      valueOf(new SparseCoSENTLoss(model).computeLossFromEmbeddings([x, x], tf.tensor1d(labels)));
    expect(loss([1, 1])).toBeNaN();
    expect(loss([0, 1])).toBeNaN();
  },
  'log-sum-exp-huge-ties': () => {
    const huge = tf.tensor2d([[1e15]]);
    const gradient = tf.grad((anchor) =>
      ranking.computeLossFromEmbeddings([anchor as tf.Tensor2D, huge, huge]),
    );
    expect(valueOf(gradient(huge).sum())).toBe(0);
  },
  'mean-square-overflow': () => {
    const x = constant(1, 8, 1e19);
    const value = valueOf(new SparseMSELoss(model).computeLossFromEmbeddings([x], tf.zerosLike(x)));
    expect(value / 1e38).toBeCloseTo(1, 5);
  },
  'in-place-diagonal': () => {
    const squashed: SimilarityFunction = (a, b) => tf.sigmoid(tf.matMul(a, b, false, true));
    const loss = new SparseMultipleNegativesRankingLoss(model, {
      similarityFct: squashed,
      directions: ['query_to_doc', 'query_to_query', 'doc_to_doc'],
    });
    const gradient = slope((x) => loss.computeLossFromEmbeddings([x, rows(2, 3, 2)]), rows(2, 3, 1));
    expect(gradient).toBeGreaterThan(0);
    expect(gradient).toBeLessThan(Infinity);
  },
  'aux-jumps-at-constant-batch': () => {
    const auxiliary = (step: number): number => {
      const x = tf.tensor2d([
        [1, 1],
        [1 + step, 1],
      ]);
      const { reconstruction_loss_aux: value } = reconstruction.computeLossFromEmbeddings([auxiliaryOnly(x)]);
      return valueOf(value as tf.Scalar);
    };
    expect(auxiliary(0)).toBe(1);
    expect(auxiliary(1e-6)).toBeGreaterThan(1e12);
  },
  'reconstruction-trains-backbone': () => {
    const [target, dead] = [rows(3, 4, 2), rows(3, 4, 3)];
    const term = (name: string) => (x: tf.Tensor2D) => {
      const output = { ...auxiliaryOnly(x), decodedEmbeddingK: target, decodedEmbeddingAux: dead };
      return reconstruction.computeLossFromEmbeddings([output])[name] as tf.Scalar;
    };
    const x = rows(3, 4, 1);
    expect(slope(term('reconstruction_loss_k'), x)).toBeGreaterThan(0.01);
    const variance = valueOf(x.sub(x.mean(0)).square().mean());
    const withFixedDivisor = (y: tf.Tensor2D): tf.Tensor => dead.sub(y).square().mean().div(variance);
    const fixed = tf.grad((y) => withFixedDivisor(y as tf.Tensor2D))(x);
    const whole = tf.grad((y) => term('reconstruction_loss_aux')(y as tf.Tensor2D))(x);
    expect(valueOf(whole.sub(fixed).norm())).toBeGreaterThan(0.01);
  },
  'tie-subgradients': () => {
    const x = rows(1, 3);
    const distances = (y: tf.Tensor2D): tf.Tensor =>
      pairwiseEuclideanSim(x, y).add(pairwiseManhattanSim(x, y)).sum();
    expect(slope(distances, x)).toBe(0);
    const hinge = new SparseTripletLoss(model, { tripletMargin: 0 });
    const other = rows(1, 3, 2);
    expect(slope((anchor) => hinge.computeLossFromEmbeddings([anchor, other, other]), x)).toBe(0);
    const zero = tf.zeros<tf.Rank.R2>([1, 1]);
    expect(slope((y) => tf.abs(y).sum(), zero)).toBe(1);
    expect(slope((y) => y.square().sum().sqrt(), zero)).toBeNaN();
  },
  'square-underflow': () => {
    const [a, b] = [tf.zeros<tf.Rank.R2>([1, 2]), constant(1, 2, 1e-30)];
    expect(Math.abs(valueOf(pairwiseEuclideanSim(a, b)))).toBe(0);
    expect(slope((x) => pairwiseEuclideanSim(x, b).sum(), a)).toBe(0);
  },
};

describe('our numbers where the reference has a quirk', () => {
  it.each(NUMBER_QUIRKS)('$id: $ours', ({ id }) => {
    expect(Object.keys(PROOFS)).toContain(id);
    PROOFS[id]?.();
  });
});
