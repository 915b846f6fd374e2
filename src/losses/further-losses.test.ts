import type * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { compile } from '../engine/compile/compile.js';
import { setEngine } from '../engine/set-engine.js';
import { InputError, OptionError, UsageError } from '../errors.js';
import { deviation, type PlainFormula } from '../testing/gradients.js';
import { type Matrix, randomMatrix, sparseMatrix, tensorOf } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { entryOf, mean, sum } from '../testing/plain-math.js';
import { tf as ours } from '../tf.js';
import { AntiZeroLoss } from './anti-zero-loss.js';
import { FlopsLoss } from './flops-loss.js';
import { L1Loss } from './l1-loss.js';
import { lossComponents, type RegularizerLoss } from './loss.js';
import { SparseDistillKLDivLoss } from './sparse-distill-kl-div-loss.js';
import { SparseMarginMSELoss } from './sparse-margin-mse-loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { ensembleTeacherScores } from './teacher-scores.js';
import { documentFrequencyWeights, idfWeights } from './term-weights.js';
import { WeightedFlopsLoss } from './weighted-flops-loss.js';
import { WeightedRegularizers } from './weighted-regularizers.js';
import { WeightedSumLoss } from './weighted-sum-loss.js';

beforeAll(() => setEngine('cpu'));

const model = passThroughModel();
const WEIGHTS = [0.5, 2, 0, 1, 0.25, 3, 1, 1];
const SIGNED = randomMatrix(1, 6, 8);
/** Weights of a SPLADE model are never below 0. */
const POSITIVE = SIGNED.map((row) => row.map(Math.abs));
const DIMENSIONS = WEIGHTS.map((_, dimension) => dimension);
const THRESHOLD = 3;

const column = (matrix: Matrix, dimension: number): number[] => matrix.map((row) => entryOf(row, dimension));
const active = (row: readonly number[]): number => row.filter((entry) => entry !== 0).length;
const masked = (matrix: Matrix): Matrix =>
  matrix.map((row) => row.map((entry) => (active(row) > THRESHOLD ? entry : 0)));
const absolute = (matrix: Matrix): number[] => matrix.map((row) => sum(row.map(Math.abs)));
const weighted = (matrix: Matrix, weigh: (mean: number, weight: number) => number): number =>
  sum(DIMENSIONS.map((d) => weigh(mean(column(matrix, d)), WEIGHTS[d] as number)));
const of =
  (formula: (matrix: Matrix) => number): PlainFormula =>
  ([matrix]) =>
    formula(matrix as Matrix);

interface Case {
  readonly name: string;
  readonly loss: () => RegularizerLoss;
  readonly plain: (matrix: Matrix) => number;
  /** Formulas that are wrong on purpose, which the comparison has to see. */
  readonly wrong: Readonly<Record<string, (matrix: Matrix) => number>>;
}

const CASES: readonly Case[] = [
  {
    name: 'L1Loss',
    loss: () => new L1Loss(model),
    plain: (matrix) => mean(absolute(matrix)),
    wrong: {
      'a sum over texts': (matrix) => sum(absolute(matrix)),
      'signed weights': (matrix) => mean(matrix.map(sum)),
      'a mean over dimensions': (matrix) => mean(absolute(matrix)) / WEIGHTS.length,
    },
  },
  {
    name: 'AntiZeroLoss',
    loss: () => new AntiZeroLoss(model),
    plain: (matrix) => 1 / sum(matrix.map(sum)) ** 2,
    wrong: {
      'no square': (matrix) => 1 / Math.abs(sum(matrix.map(sum))),
      'the square of each text': (matrix) => sum(matrix.map((row) => 1 / sum(row) ** 2)),
    },
  },
  {
    name: 'WeightedFlopsLoss',
    loss: () => new WeightedFlopsLoss(model, { weights: WEIGHTS }),
    plain: (matrix) => weighted(matrix, (each, weight) => (each * weight) ** 2),
    wrong: {
      'weights outside of the square': (matrix) => weighted(matrix, (each, weight) => each ** 2 * weight),
      'no weights': (matrix) => weighted(matrix, (each) => each ** 2),
    },
  },
  {
    name: 'WeightedFlopsLoss with a threshold',
    loss: () => new WeightedFlopsLoss(model, { weights: WEIGHTS, threshold: THRESHOLD }),
    plain: (matrix) => weighted(masked(matrix), (each, weight) => (each * weight) ** 2),
    wrong: {
      'no mask': (matrix) => weighted(matrix, (each, weight) => (each * weight) ** 2),
      'a mean over dense rows only': (matrix) => {
        const dense = matrix.filter((row) => active(row) > THRESHOLD);
        return weighted(dense, (each, weight) => (each * weight) ** 2);
      },
    },
  },
  {
    name: 'WeightedRegularizers',
    loss: () =>
      new WeightedRegularizers(model, {
        parts: [
          { regularizer: new FlopsLoss(model), weight: 2 },
          { regularizer: new L1Loss(model), weight: 0.5 },
        ],
      }),
    plain: (matrix) => 2 * weighted(matrix, (each) => each ** 2) + 0.5 * mean(absolute(matrix)),
    wrong: {
      'no weights of parts': (matrix) => weighted(matrix, (each) => each ** 2) + mean(absolute(matrix)),
    },
  },
];

describe.each(CASES)('$name', ({ name, loss, plain, wrong }) => {
  const matrix = name.includes('threshold')
    ? sparseMatrix(3, 6, 8)
    : name === 'AntiZeroLoss'
      ? POSITIVE
      : SIGNED;
  const against = (formula: (matrix: Matrix) => number): number => {
    const { value, gradient } = deviation(
      ([e]) => loss().computeLossFromEmbeddings(e as tf.Tensor2D),
      of(formula),
      [matrix],
    );
    return Math.max(value, gradient);
  };

  it('is its formula, with its gradient', () => {
    expect(against(plain)).toBeLessThan(2e-6);
  });

  it.each(Object.entries(wrong))('is not that of %s', (_, formula) => {
    expect(against(formula)).toBeGreaterThan(1e-2);
  });

  it('is the same in a compiled function of the onnx engine', async () => {
    const columns = [matrix];
    const expected = plain(matrix);
    await setEngine('onnx', { threads: 1 });
    try {
      const regularizer = loss();
      const compiled = compile((x: tf.Tensor2D) => regularizer.computeLossFromEmbeddings(x), { name });
      const [value] = await (await compiled(tensorOf(columns[0] as Matrix))).data();
      expect(Math.abs((value ?? NaN) - expected) / expected).toBeLessThan(1e-5);
      await compiled.dispose();
    } finally {
      await setEngine('cpu');
    }
  });

  it('refuses to train alone, and anything but a matrix', () => {
    expect(() => loss().forward()).toThrow(UsageError);
    expect(() => loss().computeLossFromEmbeddings(ours.tensor1d([1]) as never)).toThrow(InputError);
  });
});

describe('AntiZeroLoss', () => {
  it('is 1 / floor^2 without a gradient for embeddings of zeros', () => {
    const loss = new AntiZeroLoss(model, { floor: 0.1 });
    const { value, grad } = ours.valueAndGrad((x) => loss.computeLossFromEmbeddings(x as tf.Tensor2D))(
      ours.zeros([2, 3]),
    );
    expect(Number(value.dataSync()[0])).toBeCloseTo(100, 3);
    expect(grad.dataSync().every((each) => each === 0)).toBe(true);
  });
});

describe('WeightedFlopsLoss', () => {
  it('uses weights that are set later, in compiled functions as well', async () => {
    await setEngine('onnx', { threads: 1 });
    try {
      const loss = new WeightedFlopsLoss(model, { weights: [1, 1] });
      const compiled = compile((x: tf.Tensor2D) => loss.computeLossFromEmbeddings(x), { name: 'later' });
      const at = async (): Promise<number> =>
        (await (await compiled(ours.tensor2d([[1, 2]]))).data())[0] ?? NaN;
      expect(await at()).toBe(5);
      loss.setWeights([2, 0]);
      expect(await at()).toBe(4);
      await compiled.dispose();
      loss.dispose();
    } finally {
      await setEngine('cpu');
    }
  });

  it('refuses weights that are none, and embeddings of another width', () => {
    const make = (weights: unknown) => () => new WeightedFlopsLoss(model, { weights: weights as number[] });
    for (const wrong of [[], [-1], [Number.NaN], 'ab', [1, 'b']]) expect(make(wrong)).toThrow(OptionError);
    const loss = new WeightedFlopsLoss(model, { weights: [1, 2] });
    expect(() => loss.setWeights([1])).toThrow('expected 2 numbers of at least 0');
    expect(() => loss.computeLossFromEmbeddings(ours.zeros([1, 3]))).toThrow(
      '3 dimensions, but there are 2 weights',
    );
  });
});

describe('the weights of terms', () => {
  it('are those of DF-FLOPS: 0 without documents, a half at alpha, 1 for all', () => {
    const found = documentFrequencyWeights([0, 100, 1_000, 50, 200], 1_000);
    // 0.05^-0.30103 = 2.4640, and 1 / (1 + 1.4640^10) = 0.0216.
    const share = (x: number): number => 1 / (1 + (x ** (Math.log(2) / Math.log(0.1)) - 1) ** 10);
    expect([...found]).toEqual([0, 0.5, 1, Math.fround(share(0.05)), Math.fround(share(0.2))]);
    expect(share(0.05)).toBeCloseTo(0.0216, 3);
    expect(() => documentFrequencyWeights([2], 1)).toThrow('the frequency of dimension 0 is 2');
    expect(() => documentFrequencyWeights([1], 1, { alpha: 1 })).toThrow(OptionError);
  });

  it('are BM25’s inverse document frequencies, never below 0', () => {
    const [none = 0, some = 0, all = 0] = idfWeights([0, 2, 4], 4);
    expect(none).toBeCloseTo(Math.log(1 + 4.5 / 0.5), 6);
    expect(some).toBeCloseTo(Math.log(2), 6);
    expect(all).toBeCloseTo(Math.log(1 + 0.5 / 4.5), 6);
    expect(all).toBeGreaterThan(0);
  });
});

describe('ensembleTeacherScores', () => {
  it('is the scaled mean of scores from 0 to 1', () => {
    const found = ensembleTeacherScores([
      [2, 8, 5],
      [0.1, 0.9, 0.2],
    ]);
    expect(found.map((score) => Number(score.toFixed(3)))).toEqual([0, 30, 9.375]);
    expect(ensembleTeacherScores([[3, 3]])).toEqual([0, 0]);
  });

  it('refuses no teachers, and scores that do not belong together', () => {
    expect(() => ensembleTeacherScores([])).toThrow(InputError);
    expect(() => ensembleTeacherScores([[1], [1, 2]])).toThrow(
      'teacher 1 has the scores [1, 2]; expected 1 finite number',
    );
  });
});

describe('WeightedSumLoss', () => {
  const columns = [1, 2, 3].map((seed) => tensorOf(randomMatrix(seed, 4, 5)));
  const scores = ours.tensor2d([
    [3, 1],
    [2, 2],
    [5, 0],
    [1, 4],
  ]);

  it('has the components of its losses by name, each with its weight', () => {
    const parts = {
      kl: { loss: new SparseDistillKLDivLoss(model), weight: 0.99 },
      margin: { loss: new SparseMarginMSELoss(model), weight: 0.05 },
      ranking: { loss: new SparseMultipleNegativesRankingLoss(model), weight: 0.01 },
    };
    const sumOf = new WeightedSumLoss(model, { losses: parts });
    const found = lossComponents(sumOf.computeLossFromEmbeddings(columns, scores));
    expect(Object.keys(found)).toEqual(['kl', 'margin', 'ranking']);
    for (const [name, { loss, weight }] of Object.entries(parts)) {
      const [own] = Object.values(lossComponents(loss.computeLossFromEmbeddings(columns, scores)));
      expect(found[name]?.dataSync()[0]).toBeCloseTo(weight * (own?.dataSync()[0] ?? NaN), 5);
    }
  });

  it('refuses regularizers, and parts without a weight', () => {
    const make = (losses: unknown) => () => new WeightedSumLoss(model, { losses: losses as never });
    expect(make({ a: { loss: new FlopsLoss(model), weight: 1 } })).toThrow(
      'FlopsLoss is a part of a wrapper',
    );
    expect(make({ a: { loss: new SparseMarginMSELoss(model) } })).toThrow(
      'an object of at least one { loss, weight } by name',
    );
    expect(make({})).toThrow(OptionError);
  });
});
