import * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { pairwiseCosSim } from '../similarity.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns, randomMatrix, tensorOf } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { cosine, dot, entryOf, mean, rowOf, softmax, sum } from '../testing/plain-math.js';
import { warningsOf } from '../testing/warnings.js';
import { SparseDistillKLDivLoss, type SparseDistillKLDivLossOptions } from './sparse-distill-kl-div-loss.js';

type Options = SparseDistillKLDivLossOptions;

const create = (options?: Options) => new SparseDistillKLDivLoss(passThroughModel(), options);

/** Ts^2 times the mean over rows of KL(softmax(labels / Tt) || softmax(similarities / Ts)) */
function divergence(columns: Matrix[], labels: Matrix, student: number, teacher: number, sim = dot): number {
  const [queries = [], ...candidates] = columns;
  const rows = queries.map((query, b) => {
    const q = softmax(candidates.map((candidate) => sim(query, rowOf(candidate, b)) / student));
    const p = softmax(rowOf(labels, b).map((label) => label / teacher));
    return sum(p.map((share, k) => (share === 0 ? 0 : share * Math.log(share / entryOf(q, k)))));
  });
  return student ** 2 * mean(rows);
}

const columns = randomColumns(12, 4, 3, 5);
const labels = randomMatrix(13, 3, 3).map((row) => row.map((score) => 8 * score));
const valueOf = (loss: SparseDistillKLDivLoss, scores: Matrix) =>
  tensorOutcome((e) => loss.computeLossFromEmbeddings(e, tensorOf(scores)), columns).value;

describe('SparseDistillKLDivLoss', () => {
  const cases: { options: Options; student: number; teacher: number; sim?: typeof dot }[] = [
    { options: {}, student: 2, teacher: 2 },
    { options: { temperature: 0.5 }, student: 0.5, teacher: 0.5 },
    { options: { studentTemperature: 3 }, student: 3, teacher: 2 },
    { options: { temperature: 1, teacherTemperature: 4 }, student: 1, teacher: 4 },
    { options: { similarityFct: pairwiseCosSim }, student: 2, teacher: 2, sim: cosine },
  ];
  it.each(cases)('is the divergence from the teacher for $options', ({ options, student, teacher, sim }) => {
    const loss = create(options);
    const { value, gradient } = deviation(
      (e) => loss.computeLossFromEmbeddings(e, tensorOf(labels)),
      (moved) => divergence(moved, labels, student, teacher, sim),
      columns,
    );
    expect(value).toBeLessThan(1e-5);
    expect(gradient).toBeLessThan(2e-5);
  });

  it('leaves a candidate out whose label is -Infinity', () => {
    const cut = labels.map(([, ...rest]) => [-Infinity, ...rest]);
    expect(
      warningsOf(() => expect(valueOf(create(), cut)).toBeCloseTo(divergence(columns, cut, 2, 2), 4)),
    ).toEqual([]);
  });

  it('is 0 where the teacher agrees with the student', () => {
    const [queries = [], ...candidates] = columns;
    const own = queries.map((query, b) => candidates.map((candidate) => dot(query, rowOf(candidate, b))));
    expect(valueOf(create(), own)).toBeCloseTo(0, 6);
  });

  it('gives no gradient to the labels', () => {
    const { gradients } = tensorOutcome(
      (e) => create().computeLossFromEmbeddings(e.slice(0, 4), e[4]),
      [...columns, labels],
    );
    expect(gradients[4]?.flat().every((entry) => entry === 0)).toBe(true);
  });

  it('warns once where teacher probabilities vanish in float32, with a temperature that would keep them', () => {
    const sharp: Matrix = [
      [500, 0, 0],
      [0, 0, 0],
      [0, 0, 0],
    ];
    const loss = create();
    const warnings = warningsOf(() => {
      valueOf(loss, sharp);
      valueOf(loss, sharp);
    });
    expect(warnings).toEqual([expect.stringMatching(/2 of 9 teacher probabilities are 0.*about 50 /)]);
    expect(warningsOf(() => valueOf(create({ teacherTemperature: 50 }), sharp))).toEqual([]);
  });

  it('takes labels of type int32', () => {
    const whole = [
      [3, 1, 2],
      [0, 5, 1],
      [2, 2, 2],
    ];
    const asIntegers = tensorOutcome(
      (e) => create().computeLossFromEmbeddings(e, tf.tensor2d(whole, [3, 3], 'int32')),
      columns,
    );
    expect(asIntegers.value).toBe(valueOf(create(), whole));
  });

  it('lists a temperature of student or teacher only where it differs', () => {
    const config = (options?: Options) => Object.entries(create(options).getConfigDict());
    expect(config()).toEqual([
      ['similarity_fct', 'pairwise_dot_score'],
      ['temperature', 2],
    ]);
    expect(config({ studentTemperature: 2, teacherTemperature: 2 })).toHaveLength(2);
    expect(config({ temperature: 1, studentTemperature: 3, teacherTemperature: 4 })).toEqual([
      ['similarity_fct', 'pairwise_dot_score'],
      ['temperature', 1],
      ['student_temperature', 3],
      ['teacher_temperature', 4],
    ]);
  });

  it('cites Lin et al.', () => {
    expect(create().citation).toContain('@misc{lin2020distillingdenserepresentationsranking,');
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/base loss of SpladeLoss, CachedSpladeLoss or CSRLoss/);
  });
});
