import fc from 'fast-check';
import type { Evaluator } from '../evaluators/evaluator.js';
import { SparseInformationRetrievalEvaluator } from '../evaluators/retrieval/information-retrieval-evaluator.js';
import { SparseNanoBEIREvaluator } from '../evaluators/retrieval/nano-beir-evaluator.js';
import { ReciprocalRankFusionEvaluator } from '../evaluators/retrieval/reciprocal-rank-fusion-evaluator.js';
import { SparseRerankingEvaluator } from '../evaluators/retrieval/reranking-evaluator.js';
import type { RetrievalTexts } from '../evaluators/retrieval/retrieval-data.js';
import { SIMILARITY_NAMES, type SimilarityName } from '../features.js';
import type { StubEmbeddings } from './stub-model.js';

/** A generated evaluation, for ours and for the reference. */
export interface RankingCase {
  readonly evaluator: string;
  /** As the reference names them. */
  readonly arguments: object;
  readonly embeddings: StubEmbeddings;
  readonly similarity: SimilarityName;
  readonly ours: () => Evaluator;
}

const DIMENSIONS = 5;
// Few different values, whose products are exact in float32: many documents have equal scores.
const weight = fc.oneof(
  { weight: 2, arbitrary: fc.constant(0) },
  fc.integer({ min: 1, max: 3 }).map((x) => x / 2),
);
const row = fc.array(weight, { minLength: DIMENSIONS, maxLength: DIMENSIONS });
/** The reference divides by a norm of 0 for cosine. */
const filledRow = row.filter((values) => values.some((value) => value !== 0));
/** Equal entries, 4 or 1 of them: the norm is exact, and so are cosines. */
const exactRow = fc
  .record({
    value: fc.constantFrom(0.5, 1, 2),
    at: fc.constantFrom<readonly number[]>([0, 1, 2, 3], [1, 2, 3, 4], [0], [2], [4]),
  })
  .map(({ value, at }) => Array.from({ length: DIMENSIONS }, (_, index) => (at.includes(index) ? value : 0)));

const rowsOf = (similarity: SimilarityName): fc.Arbitrary<number[]> =>
  similarity === 'cosine' ? exactRow : filledRow;

/** At most 12 documents with euclidean: the reference computes distances of more rows less exactly. */
function generatedTask(
  similarity: SimilarityName,
  name: string,
): fc.Arbitrary<{ task: RetrievalTexts; embeddings: StubEmbeddings }> {
  return fc
    .record({
      queries: fc.array(rowsOf(similarity), { minLength: 1, maxLength: 5 }),
      documents: fc.array(rowsOf(similarity), {
        minLength: 2,
        maxLength: similarity === 'euclidean' ? 12 : 40,
      }),
      relevant: fc.array(fc.uniqueArray(fc.nat({ max: 39 }), { maxLength: 6 }), {
        minLength: 5,
        maxLength: 5,
      }),
    })
    .map(({ queries, documents, relevant }) => {
      const texts = (kind: string, rows: readonly number[][]): [string, readonly number[]][] =>
        rows.map((values, at) => [`${name} ${kind} ${at}`, values]);
      const [ofQueries, ofDocuments] = [texts('query', queries), texts('document', documents)];
      // Ids whose order as texts is not that of numbers, nor that of the corpus.
      const idOf = (at: number): string => `d${(at * 7) % 40}`;
      const own = (at: number): string[] =>
        [...(relevant[at] ?? []).filter((each) => each < documents.length), at % documents.length].map(idOf);
      return {
        embeddings: Object.fromEntries([...ofQueries, ...ofDocuments]),
        task: {
          queries: Object.fromEntries(ofQueries.map(([text], at) => [`q${at}`, text])),
          corpus: Object.fromEntries(ofDocuments.map(([text], at) => [idOf(at), text])),
          // The last query has no relevant document if there are several.
          relevantDocs: Object.fromEntries(
            ofQueries.map((_, at) => [
              `q${at}`,
              at > 0 && at === queries.length - 1 ? [] : [...new Set(own(at))],
            ]),
          ),
        },
      };
    });
}

const snake = ({ queries, corpus, relevantDocs }: RetrievalTexts): object => ({
  queries,
  corpus,
  relevant_docs: relevantDocs,
});

export const MEASURE_SETTINGS = {
  accuracyAtK: [1, 3],
  precisionRecallAtK: [1, 5],
  mrrAtK: [3, 10],
  ndcgAtK: [2, 10],
  mapAtK: [3, 100],
};
const SNAKE_SETTINGS = {
  accuracy_at_k: [1, 3],
  precision_recall_at_k: [1, 5],
  mrr_at_k: [3, 10],
  ndcg_at_k: [2, 10],
  map_at_k: [3, 100],
};

const retrievalCase = (similarity: SimilarityName): fc.Arbitrary<RankingCase> =>
  fc
    .tuple(generatedTask(similarity, 'a'), fc.integer({ min: 1, max: 40 }))
    .map(([{ task, embeddings }, chunk]) => ({
      evaluator: 'SparseInformationRetrievalEvaluator',
      arguments: {
        ...snake(task),
        ...SNAKE_SETTINGS,
        corpus_chunk_size: chunk,
        name: 'dev',
        write_predictions: true,
      },
      embeddings,
      similarity,
      ours: () =>
        new SparseInformationRetrievalEvaluator({
          ...task,
          ...MEASURE_SETTINGS,
          corpusChunkSize: chunk,
          name: 'dev',
          writePredictions: true,
        }),
    }));

const severalFunctions = generatedTask('cosine', 'a').map(({ task, embeddings }): RankingCase => ({
  evaluator: 'SparseInformationRetrievalEvaluator',
  arguments: { ...snake(task), score_functions: ['manhattan', 'dot', 'cosine'] },
  embeddings,
  similarity: 'dot',
  ours: () =>
    new SparseInformationRetrievalEvaluator({ ...task, scoreFunctions: ['manhattan', 'dot', 'cosine'] }),
}));

const nanoCase = fc
  .tuple(generatedTask('dot', 'a'), generatedTask('dot', 'b'))
  .map(([first, second]): RankingCase => ({
    evaluator: 'SparseNanoBEIREvaluator',
    arguments: { tasks: { first: snake(first.task), second: snake(second.task) }, ...SNAKE_SETTINGS },
    embeddings: { ...first.embeddings, ...second.embeddings },
    similarity: 'dot',
    ours: () =>
      new SparseNanoBEIREvaluator({ tasks: { first: first.task, second: second.task }, ...MEASURE_SETTINGS }),
  }));

const rerankingCase = fc
  .record({
    rows: fc.array(exactRow, { minLength: 12, maxLength: 12 }),
    sizes: fc.array(fc.tuple(fc.integer({ min: 0, max: 3 }), fc.integer({ min: 1, max: 8 })), {
      minLength: 1,
      maxLength: 4,
    }),
    atK: fc.integer({ min: 1, max: 6 }),
    batched: fc.boolean(),
    similarity: fc.constantFrom('cosine' as const, 'dot' as const),
  })
  .map(({ rows, sizes, atK, batched, similarity }): RankingCase => {
    const text = (at: number): string => `text ${at % 12}`;
    const samples = [[1, 2] as const, ...sizes].map(([positives, negatives], at) => ({
      query: text(at),
      positive: Array.from({ length: positives }, (_, place) => text(at + place + 1)),
      negative: Array.from({ length: negatives }, (_, place) => text(at + place + 5)),
    }));
    return {
      evaluator: 'SparseRerankingEvaluator',
      arguments: { samples, at_k: atK, use_batched_encoding: batched, similarity_fct: similarity },
      embeddings: Object.fromEntries(rows.map((values, at) => [text(at), values])),
      similarity,
      ours: () =>
        new SparseRerankingEvaluator({
          samples,
          atK,
          useBatchedEncoding: batched,
          similarityFct: similarity,
        }),
    };
  });

const DOCUMENTS = Array.from({ length: 9 }, (_, at) => `document ${at}`);
const some = (minLength: number): fc.Arbitrary<string[]> => fc.shuffledSubarray(DOCUMENTS, { minLength });

const fusionCase = fc
  .record({
    queries: fc.array(fc.record({ positive: some(1), dense: some(2), sparse: some(2) }), {
      minLength: 1,
      maxLength: 4,
    }),
    atK: fc.integer({ min: 1, max: 6 }),
    rrfK: fc.constantFrom(0, 1, 60),
  })
  .map(({ queries, atK, rrfK }): RankingCase => {
    const samples = (of: 'dense' | 'sparse') =>
      queries.map((each, at) => ({
        query_id: `q${at}`,
        query: `query ${at}`,
        positive: each.positive,
        documents: each[of],
      }));
    const [denseSamples, sparseSamples] = [samples('dense'), samples('sparse')];
    return {
      evaluator: 'ReciprocalRankFusionEvaluator',
      arguments: {
        dense_samples: denseSamples,
        sparse_samples: sparseSamples,
        at_k: atK,
        rrf_k: rrfK,
        name: 'dev',
        write_predictions: true,
      },
      embeddings: { any: [1] },
      similarity: 'dot',
      ours: () =>
        new ReciprocalRankFusionEvaluator({
          denseSamples,
          sparseSamples,
          atK,
          rrfK,
          name: 'dev',
          writePredictions: true,
        }),
    };
  });

const sampled = (arbitrary: fc.Arbitrary<RankingCase>, numRuns: number): RankingCase[] =>
  fc.sample(arbitrary, { seed: 7, numRuns });

export const RANKING_CASES: readonly RankingCase[] = [
  ...SIMILARITY_NAMES.flatMap((name) => sampled(retrievalCase(name), name === 'dot' ? 60 : 20)),
  ...sampled(severalFunctions, 10),
  ...sampled(nanoCase, 10),
  ...sampled(rerankingCase, 40),
  ...sampled(fusionCase, 40),
];

/** Scores of two systems for few and for many queries. */
export const STATISTICS_CASES = [6, 10, 50].map((length) => ({
  first: Array.from({ length }, (_, query) => ((query * 37) % 11) / 11),
  second: Array.from({ length }, (_, query) => ((query * 23) % 13) / 16),
}));
