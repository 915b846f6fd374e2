import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { pairwiseDotScore } from '../similarity.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { angle, cosine, dot, entryOf, eachRow, rowOf } from '../testing/plain-math.js';
import { SparseAnglELoss } from './sparse-angle-loss.js';
import { SparseCoSENTLoss, type SparseCoSENTLossOptions } from './sparse-cosent-loss.js';

type PlainSimilarity = (a: readonly number[], b: readonly number[]) => number;

/** log(1 + sum over label_i < label_j of exp(S_i - S_j)), pair by pair */
function pairSum([a = [], b]: Matrix[], labels: number[], scale: number, sim: PlainSimilarity): number {
  const scores = eachRow(a, (row) => scale * sim(rowOf(a, row), rowOf(b, row)));
  let total = 1;
  scores.forEach((lower, i) =>
    scores.forEach((higher, j) => {
      if (entryOf(labels, i) < entryOf(labels, j)) total += Math.exp(lower - higher);
    }),
  );
  return Math.log(total);
}

const labels = [0.5, 0.25, 1, 0.25, 0];
const columns = randomColumns(1, 2, 5, 6);
const create = (options?: SparseCoSENTLossOptions) => new SparseCoSENTLoss(passThroughModel(), options);
const outcome = (loss: SparseCoSENTLoss, values: number[] | tf.Tensor, embeddings = columns) =>
  tensorOutcome(
    (e) => loss.computeLossFromEmbeddings(e, Array.isArray(values) ? tf.tensor1d(values) : values),
    embeddings,
  );
const deviationOf = (loss: SparseCoSENTLoss, scale: number, sim: PlainSimilarity, embeddings = columns) =>
  deviation(
    (e) => loss.computeLossFromEmbeddings(e, tf.tensor1d(labels)),
    (moved) => pairSum(moved, labels, scale, sim),
    embeddings,
  );

describe('SparseCoSENTLoss', () => {
  it('compares every pair of different labels by cosine, times 20', () => {
    const { value, gradient } = deviationOf(create(), 20, cosine);
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(2e-5);
  });

  it('takes another scale, also 0 or negative, and another similarity', () => {
    for (const scale of [1, 0, -3]) {
      const { value, gradient } = deviationOf(create({ scale }), scale, cosine);
      expect(value).toBeLessThan(1e-5);
      expect(gradient).toBeLessThan(2e-5);
    }
    const byDot = deviationOf(create({ similarityFct: pairwiseDotScore, scale: 2 }), 2, dot);
    expect(byDot.value).toBeLessThan(1e-5);
    expect(byDot.gradient).toBeLessThan(2e-5);
  });

  it('is exactly 0 without gradient where no two labels differ', () => {
    const same = outcome(create(), [1, 1, 1, 1, 1]);
    expect(same.value).toBe(0);
    expect(same.gradients.flat(2).every((entry) => entry === 0)).toBe(true);
  });

  it('takes labels of any shape with one element per row, and of type int32 or bool', () => {
    const expected = outcome(create(), [0, 1, 1, 0, 1]);
    const others = [
      tf.tensor2d([[0], [1], [1], [0], [1]]),
      tf.tensor2d([[0, 1, 1, 0, 1]]),
      tf.tensor1d([0, 1, 1, 0, 1], 'int32'),
      tf.tensor1d([false, true, true, false, true]),
    ];
    for (const other of others) expect(outcome(create(), other)).toEqual(expected);
  });

  it('gives no gradient to labels that were computed', () => {
    const { gradients } = tensorOutcome(
      (e) => create().computeLossFromEmbeddings(e.slice(0, 2), e[2]),
      [...columns, labels.map((label) => [label])],
    );
    expect(gradients[0]?.flat().some((entry) => entry !== 0)).toBe(true);
    expect(gradients[2]).toEqual([[0], [0], [0], [0], [0]]);
  });

  it('stays finite where exp(S_i - S_j) overflows float32', () => {
    const opposed: Matrix[] = [
      [
        [1, 0],
        [1, 0],
      ],
      [
        [1, 0],
        [-1, 0],
      ],
    ];
    const { value } = outcome(create({ scale: 1000 }), [0, 1], opposed);
    expect(value).toBeCloseTo(2000, 3);
  });

  it('names a similarity function that does not give one number per row', () => {
    const loss = create({ similarityFct: (a) => a.sum(0) });
    expect(() => outcome(loss, labels)).toThrow(/similarityFct gave shape \[6\]; expected \[5\]/);
  });

  it('sets the similarity of the model to cosine, unless an option is wrong', () => {
    expect(create().model.similarityFnName).toBe('cosine');
    const model = passThroughModel();
    expect(() => new SparseCoSENTLoss(model, { scale: '20' as unknown as number })).toThrow(/scale/);
    expect(model.similarityFnName).toBeUndefined();
  });

  it('lists its options as the reference, and cites CoSENT', () => {
    expect(Object.entries(create().getConfigDict())).toEqual([
      ['scale', 20],
      ['similarity_fct', 'pairwise_cos_sim'],
    ]);
    expect(create().citation).toContain('@article{10531646,');
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/SparseCoSENTLoss cannot train alone.*base loss of SpladeLoss/);
  });
});

describe('SparseAnglELoss', () => {
  const angleLoss = (scale?: number) =>
    new SparseAnglELoss(passThroughModel(), scale === undefined ? {} : { scale });

  it('is CoSENT on the angle in complex space, for even and odd widths', () => {
    for (const width of [6, 5]) {
      const { value, gradient } = deviationOf(angleLoss(), 20, angle, randomColumns(2, 2, 5, width));
      expect(value).toBeLessThan(1e-5);
      expect(gradient).toBeLessThan(3e-5);
    }
  });

  it('takes another scale', () => {
    const { value, gradient } = deviationOf(angleLoss(2), 2, angle);
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(2e-5);
  });

  it('sets cosine on the model, lists its similarity, and inherits the citation of CoSENT', () => {
    expect(angleLoss().model.similarityFnName).toBe('cosine');
    expect(Object.entries(angleLoss().getConfigDict())).toEqual([
      ['scale', 20],
      ['similarity_fct', 'pairwise_angle_sim'],
    ]);
    expect(angleLoss().citation).toBe(create().citation);
  });

  it('does not train alone and gives its own name', () => {
    expect(() => angleLoss().forward()).toThrow(UsageError);
    expect(() => angleLoss().forward()).toThrow(/^SparseAnglELoss/);
  });
});
