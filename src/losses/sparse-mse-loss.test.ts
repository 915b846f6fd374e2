import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns, tensorOf } from '../testing/matrices.js';
import { featuresOf, passThroughModel } from '../testing/models.js';
import { mean, meanSquare } from '../testing/plain-math.js';
import { CachedSpladeLoss } from './cached-splade-loss.js';
import { totalLoss } from './loss.js';
import { SparseMSELoss } from './sparse-mse-loss.js';
import { SpladeLoss } from './splade-loss.js';

const create = () => new SparseMSELoss(passThroughModel());
const columns = randomColumns(5, 3, 4, 5);
const targets = randomColumns(6, 3, 4, 5);

/** [batch, columns, dimensions] */
const perColumn = (matrices: Matrix[]): tf.Tensor => tf.stack(matrices.map(tensorOf), 1);

describe('SparseMSELoss', () => {
  it('compares every column with one target [B, D]', () => {
    const [shared = []] = targets;
    const { value, gradient } = deviation(
      (e) => create().computeLossFromEmbeddings(e, tensorOf(shared)),
      (moved) => mean(moved.map((column) => meanSquare(column, shared))),
      columns,
    );
    expect(value).toBeLessThan(1e-6);
    expect(gradient).toBeLessThan(1e-6);
  });

  it('compares each column with its own target of [B, columns, D]', () => {
    const { value, gradient } = deviation(
      (e) => create().computeLossFromEmbeddings(e, perColumn(targets)),
      (moved) => mean(moved.map((column, c) => meanSquare(column, targets[c] ?? []))),
      columns,
    );
    expect(value).toBeLessThan(1e-6);
    expect(gradient).toBeLessThan(1e-6);
  });

  it('is not confused by as many columns as rows', () => {
    const square = randomColumns(7, 3, 3, 2);
    const goals = randomColumns(8, 3, 3, 2);
    const { value } = tensorOutcome((e) => create().computeLossFromEmbeddings(e, perColumn(goals)), square);
    expect(value).toBeCloseTo(mean(square.map((column, c) => meanSquare(column, goals[c] ?? []))), 6);
  });

  it('trains alone: forward embeds every column and computes the same', () => {
    const [column = []] = columns;
    const labels = perColumn(targets.slice(0, 1));
    const alone = tensorOutcome((e) => create().forward(featuresOf(e), labels), [column]);
    expect(alone).toEqual(tensorOutcome((e) => create().computeLossFromEmbeddings(e, labels), [column]));
  });

  it('gives no gradient to the labels alone, and its negative to them in a wrapper', () => {
    const [column = [], target = []] = columns;
    const alone = tensorOutcome((e) => create().forward(featuresOf(e.slice(0, 1)), e[1]), [column, target]);
    expect(alone.gradients[0]?.flat().some((entry) => entry !== 0)).toBe(true);
    expect(alone.gradients[1]?.flat().every((entry) => entry === 0)).toBe(true);

    const model = passThroughModel();
    for (const Wrapper of [SpladeLoss, CachedSpladeLoss]) {
      const loss = new Wrapper(model, {
        loss: new SparseMSELoss(model),
        documentRegularizerWeight: 0,
        useDocumentRegularizerOnly: true,
      });
      const wrapped = tensorOutcome(
        (e) => totalLoss(loss.forward(featuresOf(e.slice(0, 1)), e[1])),
        [column, target],
      );
      const negative = wrapped.gradients[0]?.map((row) => row.map((entry) => -entry));
      expect(wrapped.gradients[1]).toEqual(negative);
      expect(negative?.flat().some((entry) => entry !== 0)).toBe(true);
    }
  });

  it('lists what the reference lists, and cites Reimers and Gurevych', () => {
    expect(create().getConfigDict()).toEqual({ projection_dim: null });
    expect(create().citation).toContain('@inproceedings{reimers-2020-multilingual-sentence-bert,');
  });
});
