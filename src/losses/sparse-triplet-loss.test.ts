import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { pairwiseDotScore } from '../similarity.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { cosine, dot, eachRow, euclidean, manhattan, mean, rowOf } from '../testing/plain-math.js';
import {
  SparseTripletLoss,
  type SparseTripletLossOptions,
  TripletDistanceMetric,
} from './sparse-triplet-loss.js';

type PlainDistance = (a: readonly number[], b: readonly number[]) => number;

const create = (options?: SparseTripletLossOptions) => new SparseTripletLoss(passThroughModel(), options);
const columns = randomColumns(4, 3, 5, 6);

function deviationOf(options: SparseTripletLossOptions, distance: PlainDistance, margin: number) {
  const loss = create(options);
  return deviation(
    (e) => loss.computeLossFromEmbeddings(e),
    ([a = [], p, n]) =>
      mean(
        eachRow(a, (row) =>
          Math.max(
            0,
            distance(rowOf(a, row), rowOf(p, row)) - distance(rowOf(a, row), rowOf(n, row)) + margin,
          ),
        ),
      ),
    columns,
  );
}

const cosineDistance: PlainDistance = (a, b) => 1 - cosine(a, b);
const outcome = (loss: SparseTripletLoss, embeddings: Matrix[]) =>
  tensorOutcome((e) => loss.computeLossFromEmbeddings(e), embeddings);

describe('SparseTripletLoss', () => {
  const { EUCLIDEAN, MANHATTAN, COSINE } = TripletDistanceMetric;
  const cases = [
    { name: 'euclidean, margin 5 by default', deviation: deviationOf({}, euclidean, 5) },
    {
      name: 'euclidean with a margin that some rows keep',
      deviation: deviationOf({ distanceMetric: EUCLIDEAN, tripletMargin: 0.1 }, euclidean, 0.1),
    },
    { name: 'manhattan', deviation: deviationOf({ distanceMetric: MANHATTAN }, manhattan, 5) },
    {
      name: 'cosine',
      deviation: deviationOf({ distanceMetric: COSINE, tripletMargin: 0.2 }, cosineDistance, 0.2),
    },
    {
      name: 'a distance of the user',
      deviation: deviationOf(
        { distanceMetric: (x, y) => pairwiseDotScore(x, y).neg(), tripletMargin: -0.5 },
        (a, b) => -dot(a, b),
        -0.5,
      ),
    },
  ];
  it.each(cases)('keeps the negative farther than the positive: $name', ({ deviation: found }) => {
    expect(found.value).toBeLessThan(1e-5);
    expect(found.gradient).toBeLessThan(2e-5);
  });

  it('has gradient 0 exactly at the margin', () => {
    const embeddings: Matrix[] = [[[0]], [[1]], [[6]]];
    expect(outcome(create(), embeddings)).toEqual({ value: 0, gradients: [[[0]], [[0]], [[0]]] });
  });

  it('has gradient 0 through a distance of equal rows', () => {
    const embeddings: Matrix[] = [[[1, 2]], [[1, 2]], [[4, 6]]];
    for (const [metric, slopes] of [
      [EUCLIDEAN, [0.6, 0.8]],
      [MANHATTAN, [1, 1]],
    ] as const) {
      const { gradients } = outcome(create({ distanceMetric: metric, tripletMargin: 9 }), embeddings);
      const [anchor, positive, negative] = gradients.map((gradient) => gradient[0] ?? []);
      expect(positive).toEqual([0, 0]);
      slopes.forEach((slope, d) => {
        expect(anchor?.[d]).toBeCloseTo(slope, 6);
        expect(negative?.[d]).toBeCloseTo(-slope, 6);
      });
    }
  });

  it('lists its options as the reference, and cites Hermans et al.', () => {
    expect(Object.entries(create().getConfigDict())).toEqual([
      ['distance_metric', 'TripletDistanceMetric.EUCLIDEAN'],
      ['triplet_margin', 5],
    ]);
    expect(create({ distanceMetric: COSINE }).getConfigDict()['distance_metric']).toBe(
      'TripletDistanceMetric.COSINE',
    );
    expect(create({ distanceMetric: MANHATTAN }).getConfigDict()['distance_metric']).toBe(
      'TripletDistanceMetric.MANHATTAN',
    );
    expect(create().citation).toContain('@misc{hermans2017defense,');
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/base loss of SpladeLoss, CachedSpladeLoss or CSRLoss/);
  });
});
