import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { entryOf, mean, meanSquare, minus, rowOf } from '../testing/plain-math.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { totalLoss } from './loss.js';

const create = (beta?: number) =>
  new CSRReconstructionLoss(passThroughModel(), beta === undefined ? {} : { beta });

/** Outputs of columns from groups of five matrices: backbone, k, 4k, aux, k without bias. */
const outputsOf = (tensors: tf.Tensor2D[]) =>
  Array.from({ length: tensors.length / 5 }, (_, column) => {
    const [x, k, fourK, aux, withoutBias] = tensors.slice(5 * column, 5 * column + 5);
    return {
      sentenceEmbeddingBackbone: x as tf.Tensor,
      decodedEmbeddingK: k as tf.Tensor,
      decodedEmbedding4k: fourK as tf.Tensor,
      decodedEmbeddingAux: aux as tf.Tensor,
      decodedEmbeddingKPreBias: withoutBias as tf.Tensor,
    };
  });

function normalizedMeanSquare(reconstruction: Matrix, target: Matrix): number {
  const means = rowOf(target, 0).map((_, d) => mean(target.map((row) => entryOf(row, d))));
  const variance = meanSquare(
    target,
    target.map(() => means),
  );
  return meanSquare(reconstruction, target) / (variance === 0 ? 1 : variance);
}

/** The three terms; `fixed` holds the reconstruction without bias, which is not differentiated. */
function terms(columns: Matrix[], beta: number, fixed: Matrix[]): [number, number, number] {
  const starts = columns.flatMap((_, index) => (index % 5 === 0 ? [index] : []));
  const at = (matrices: Matrix[], index: number): Matrix => matrices[index] ?? [];
  return [
    mean(starts.map((s) => meanSquare(at(columns, s), at(columns, s + 1)))),
    mean(starts.map((s) => meanSquare(at(columns, s), at(columns, s + 2)))) / 8,
    beta *
      mean(
        starts.map((s) => {
          const target = at(columns, s).map((row, b) => minus(row, rowOf(at(fixed, s + 4), b)));
          return normalizedMeanSquare(at(columns, s + 3), target);
        }),
      ),
  ];
}

const columns = randomColumns(14, 10, 4, 3);
const KEYS = ['reconstruction_loss_k', 'reconstruction_loss_4k', 'reconstruction_loss_aux'] as const;

describe('CSRReconstructionLoss', () => {
  it.each(KEYS)('has the term %s of the formula, averaged over columns, gradients included', (key) => {
    const loss = create(0.25);
    const { value, gradient } = deviation(
      (tensors) => loss.computeLossFromEmbeddings(outputsOf(tensors))[key] as tf.Scalar,
      (moved) => terms(moved, 0.25, columns)[KEYS.indexOf(key)] ?? NaN,
      columns,
    );
    expect(value).toBeLessThan(1e-6);
    expect(gradient).toBeLessThan(1e-5);
  });

  it('names its terms in the order of the reference, with beta 1 by default', () => {
    const tensors = columns.map((matrix) => tf.tensor2d(matrix.map((row) => [...row])));
    const components = create().computeLossFromEmbeddings(outputsOf(tensors));
    expect(Object.keys(components)).toEqual([...KEYS]);
    expect(totalLoss(components).dataSync()[0]).toBeCloseTo(
      terms(columns, 1, columns).reduce((a, b) => a + b),
      5,
    );
  });

  it('has no auxiliary term without an auxiliary reconstruction', () => {
    const { value, gradients } = tensorOutcome(
      (tensors) => {
        const outputs = outputsOf(tensors).map((output) => ({ ...output, decodedEmbeddingAux: null }));
        return create().computeLossFromEmbeddings(outputs)['reconstruction_loss_aux'] as tf.Scalar;
      },
      columns.slice(0, 5),
    );
    expect(value).toBe(0);
    expect(gradients.flat(2).every((entry) => entry === 0)).toBe(true);
  });

  it('divides by 1 where the target does not vary over the batch', () => {
    const rows = (entry: number): Matrix => [
      [entry, entry],
      [entry, entry],
    ];
    const constant = [rows(0.1), rows(0), rows(0), rows(0.6), rows(0)];
    const { value, gradients } = tensorOutcome(
      (tensors) =>
        create().computeLossFromEmbeddings(outputsOf(tensors))['reconstruction_loss_aux'] as tf.Scalar,
      constant,
    );
    expect(value).toBeCloseTo(0.25, 6);
    for (const entry of gradients[3]?.flat() ?? []) expect(entry).toBeCloseTo(0.25, 6);
    for (const entry of gradients[0]?.flat() ?? []) expect(entry).toBeCloseTo(-0.25, 6);
  });

  it('lists beta, and has no citation', () => {
    expect(create().getConfigDict()).toEqual({ beta: 1 });
    expect(create(0.5).getConfigDict()).toEqual({ beta: 0.5 });
    expect(create().citation).toBeUndefined();
  });

  it('does not train alone and says what it belongs to', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/part of CSRLoss/);
  });
});
