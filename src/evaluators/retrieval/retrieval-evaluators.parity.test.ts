import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type MeasureName, RANKING_MEASURES, type RankingMeasure } from '../../evaluation/measures.js';
import { bootstrapInterval, pairedRandomizationTest } from '../../evaluation/statistics.js';
import {
  type Answer,
  answerOf,
  EVALUATORS_PROGRAM,
  parseAnswers,
  worstOf,
} from '../../testing/evaluator-answers.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../../testing/python/live-reference.js';
import {
  MEASURE_SETTINGS,
  RANKING_CASES,
  type RankingCase,
  STATISTICS_CASES,
} from '../../testing/ranking-cases.js';
import { stubModel } from '../../testing/stub-model.js';
import { recordWarnings } from '../../testing/warnings.js';
import { SparseInformationRetrievalEvaluator } from './information-retrieval-evaluator.js';

const answer = async ({ ours: make, embeddings, similarity }: RankingCase): Promise<Answer> =>
  await answerOf(make(), stubModel(embeddings, similarity), temporaryFolder());

const RIGHT = { ...RANKING_MEASURES };

/** Mistakes in the measures, or in the order of equal scores. */
const MISTAKES: Readonly<Record<string, Partial<Record<MeasureName, RankingMeasure>>>> = {
  'a discount of log2(rank)': {
    ndcg: (ranking, relevant, k) =>
      gains(ranking, relevant, k, (place) => 1 / Math.log2(Math.max(2, place + 1))),
  },
  'an ideal ranking of all relevant documents': {
    ndcg: (ranking, relevant, k) => gains(ranking, relevant, k, undefined, relevant.size),
  },
  'average precision over the relevant documents alone': {
    map: (ranking, relevant, k) =>
      (RIGHT.map(ranking, relevant, k) * Math.min(k, relevant.size)) / relevant.size,
  },
  'average precision over the hits': {
    map: (ranking, relevant, k) =>
      (RIGHT.map(ranking, relevant, k) * Math.min(k, relevant.size)) /
      Math.max(1, RIGHT.recall(ranking, relevant, k) * relevant.size),
  },
  'a reciprocal rank without cut-off': {
    mrr: (ranking, relevant) => RIGHT.mrr(ranking, relevant, ranking.length),
  },
  'a rank counted from 0': {
    mrr: (ranking, relevant, k) => 1 / (1 / RIGHT.mrr(ranking, relevant, k) + 1),
  },
  'precision of a short ranking by its length': {
    precision: (ranking, relevant, k) =>
      (RIGHT.precision(ranking, relevant, k) * k) / Math.min(k, ranking.length),
  },
  'recall by the smaller of k and the relevant documents': {
    recall: (ranking, relevant, k) =>
      (RIGHT.recall(ranking, relevant, k) * relevant.size) / Math.min(k, relevant.size),
  },
  'accuracy as a count': {
    accuracy: (ranking, relevant, k) => RIGHT.precision(ranking, relevant, k) * k,
  },
};

function gains(
  ranking: ArrayLike<number>,
  relevant: ReadonlySet<number>,
  k: number,
  discount = (place: number): number => 1 / Math.log2(place + 2),
  ideal = Math.min(k, relevant.size),
): number {
  let [found, best] = [0, 0];
  for (let place = 0; place < Math.min(k, ranking.length); place++) {
    if (relevant.has(ranking[place] as number)) found += discount(place);
  }
  for (let place = 0; place < ideal; place++) best += discount(place);
  return found / best;
}

describe.runIf(HAS_REFERENCE)('evaluators of rankings beside the reference', () => {
  beforeEach(() => void recordWarnings());
  let answers: readonly Answer[] = [];
  let statistics: readonly { pValue: number; low: number; high: number }[] = [];

  beforeAll(async () => {
    const cases = [
      ...RANKING_CASES,
      ...STATISTICS_CASES.map((given) => ({ evaluator: 'statistics', arguments: given })),
    ];
    const answered = parseAnswers(
      String(await runInReference({ path: EVALUATORS_PROGRAM }, { input: JSON.stringify(cases) })),
    );
    answers = answered.slice(0, RANKING_CASES.length) as Answer[];
    statistics = answered.slice(RANKING_CASES.length) as typeof statistics;
  }, LIVE_TIME);

  it('have its metrics, primary metric, columns and predictions', async () => {
    const all: Answer[] = [];
    for (const each of RANKING_CASES) all.push(await answer(each));
    const worst = all.map((each, at) => worstOf(each, answers[at]));
    const failing = RANKING_CASES.flatMap((each, at) =>
      (worst[at] ?? NaN) < 1e-6 ? [] : [{ at, each, ours: all[at], theirs: answers[at] }],
    );
    expect(failing.slice(0, 1)).toEqual([]);
  });

  it.each(Object.keys(MISTAKES))('would differ with %s', async (mistake) => {
    Object.assign(RANKING_MEASURES, MISTAKES[mistake]);
    try {
      const differing = [];
      for (const [at, each] of RANKING_CASES.slice(0, 60).entries()) {
        if (worstOf((await answer(each)).metrics, answers[at]?.metrics) > 1e-6) differing.push(at);
      }
      expect(differing.length).toBeGreaterThan(0);
    } finally {
      Object.assign(RANKING_MEASURES, RIGHT);
    }
  });

  it('would differ with ties by descending id', async () => {
    const differing = [];
    for (const [at, each] of RANKING_CASES.slice(0, 60).entries()) {
      const {
        queries,
        corpus,
        relevant_docs: relevant,
      } = each.arguments as {
        readonly queries: Record<string, string>;
        readonly corpus: Record<string, string>;
        readonly relevant_docs: Record<string, readonly string[]>;
      };
      const ids = Object.keys(corpus).toSorted();
      const renamed = (id: string): string => String(999 - ids.indexOf(id));
      const evaluator = new SparseInformationRetrievalEvaluator({
        queries,
        corpus: Object.fromEntries(Object.entries(corpus).map(([id, text]) => [renamed(id), text])),
        relevantDocs: Object.fromEntries(
          Object.entries(relevant).map(([query, documents]) => [query, documents.map(renamed)]),
        ),
        ...MEASURE_SETTINGS,
        name: 'dev',
      });
      const metrics = await evaluator.evaluate(stubModel(each.embeddings));
      if (worstOf(metrics, answers[at]?.metrics) > 1e-6) differing.push(at);
    }
    expect(differing.length).toBeGreaterThan(10);
  });

  it('has the p values and intervals of SciPy', () => {
    for (const [at, { first, second }] of STATISTICS_CASES.entries()) {
      const { pValue, low, high } = statistics[at] ?? { pValue: NaN, low: NaN, high: NaN };
      const ours = pairedRandomizationTest(first, second, { resamples: 20_000 });
      // All exchanges of few queries are tried; otherwise both values are random.
      expect(Math.abs(ours.pValue - pValue)).toBeLessThan(first.length <= 10 ? 1e-12 : 0.02);
      const interval = bootstrapInterval(first, { resamples: 20_000 });
      expect(Math.abs(interval.low - low)).toBeLessThan(0.01);
      expect(Math.abs(interval.high - high)).toBeLessThan(0.01);
    }
  });
});
