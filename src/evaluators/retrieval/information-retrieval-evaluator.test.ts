import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { InputError, OptionError } from '../../errors.js';
import { sparseFromRows } from '../../sparse/from-rows.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { stubModel } from '../../testing/stub-model.js';
import { recordWarnings } from '../../testing/warnings.js';
import { compareIds, idRanks } from './id-ranks.js';
import { SparseInformationRetrievalEvaluator } from './information-retrieval-evaluator.js';

/** Two queries over four documents; d4 and d3 have equal scores for q1, d3 first by its id. */
const EMBEDDINGS = {
  'query 1': [1, 2, 0],
  'query 2': [0, 0, 1],
  'doc 1': [0, 0, 4],
  'doc 2': [3, 0, 0],
  'doc 3': [0, 1, 0],
  'doc 4': [2, 0, 0],
};
const TASK = {
  queries: { q1: 'query 1', q2: 'query 2' },
  corpus: { d4: 'doc 4', d1: 'doc 1', d3: 'doc 3', d2: 'doc 2' },
  relevantDocs: { q1: ['d3', 'd4'], q2: new Set(['d2']) },
};

describe('SparseInformationRetrievalEvaluator', () => {
  it('measures by hand-counted rankings: q1 d2 d3 d4 d1, q2 d1 d2 d3 d4', async () => {
    const evaluator = new SparseInformationRetrievalEvaluator({
      ...TASK,
      name: 'dev',
      ndcgAtK: [2],
      mapAtK: [3],
    });
    const metrics = await evaluator.evaluate(stubModel(EMBEDDINGS));
    const discount = 1 / Math.log2(3);
    expect(metrics).toEqual({
      'dev_dot_accuracy@1': 0,
      'dev_dot_accuracy@3': 1,
      'dev_dot_accuracy@5': 1,
      'dev_dot_accuracy@10': 1,
      'dev_dot_precision@1': 0,
      'dev_dot_recall@1': 0,
      'dev_dot_precision@3': (2 / 3 + 1 / 3) / 2,
      'dev_dot_recall@3': 1,
      'dev_dot_precision@5': (2 / 5 + 1 / 5) / 2,
      'dev_dot_recall@5': 1,
      'dev_dot_precision@10': (0.2 + 0.1) / 2,
      'dev_dot_recall@10': 1,
      'dev_dot_mrr@10': 0.5,
      'dev_dot_ndcg@2': (discount / (1 + discount) + discount) / 2,
      'dev_dot_map@3': ((1 / 2 + 2 / 3) / 2 + 1 / 2) / 2,
      dev_query_active_dims: 1.5,
      dev_query_sparsity_ratio: 0.5,
      dev_corpus_active_dims: 1,
      dev_corpus_sparsity_ratio: 1 - 1 / 3,
      // Dimensions active in queries: 1/2, 1/2, 1/2; in documents: 2/4, 1/4, 1/4.
      dev_avg_flops: 0.5,
    });
    expect(evaluator.primaryMetric).toBe('dev_dot_ndcg@2');
    expect([...(evaluator.queryScores.get('dot_mrr@10') ?? [])]).toEqual([0.5, 0.5]);
  });

  it('has the same metrics whatever the size of a chunk, in whatever order documents come', async () => {
    const row = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 3, maxLength: 3 });
    await fc.assert(
      fc.asyncProperty(
        fc.array(row, { minLength: 2, maxLength: 12 }),
        fc.integer({ min: 1, max: 12 }),
        fc.infiniteStream(fc.nat()),
        async (rows, corpusChunkSize, shuffle) => {
          const texts = Object.fromEntries(rows.map((values, at) => [`text ${at}`, values]));
          const ids = rows.map((_, at) => `d${at}`);
          const corpus = new Map(ids.map((id, at) => [id, `text ${at}`]));
          const keys = ids.map((id) => ({ id, key: shuffle.next().value as number }));
          const shuffled = keys
            .toSorted((a, b) => a.key - b.key)
            .map(({ id }) => [id, corpus.get(id) ?? ''] as const);
          const rest = { queries: { q: 'text 0' }, relevantDocs: { q: ['d1'] }, mrrAtK: [3], ndcgAtK: [2] };
          const model = stubModel(texts);
          const whole = new SparseInformationRetrievalEvaluator({ ...rest, corpus });
          const parts = new SparseInformationRetrievalEvaluator({
            ...rest,
            corpus: new Map(shuffled),
            corpusChunkSize,
          });
          expect(await parts.evaluate(model)).toEqual(await whole.evaluate(model));
        },
      ),
      { numRuns: 60 },
    );
  });

  it('takes ready embeddings and another model for documents', async () => {
    const evaluator = new SparseInformationRetrievalEvaluator(TASK);
    const expected = await evaluator.evaluate(stubModel(EMBEDDINGS));
    const queriesOnly = stubModel({ 'query 1': [1, 2, 0], 'query 2': [0, 0, 1] });
    const corpusModel = stubModel(EMBEDDINGS);
    expect(await evaluator.evaluate(queriesOnly, { corpusModel })).toEqual(expected);
    expect(corpusModel.calls.map(({ method }) => method)).toEqual(['encodeDocument']);
    const rows = [[[0, 2]], [[2, 4]], [[1, 1]], [[0, 3]]] as const;
    const corpusEmbeddings = sparseFromRows(rows, 3);
    expect(await evaluator.evaluate(queriesOnly, { corpusEmbeddings })).toEqual(expected);
    const pieces = [sparseFromRows(rows.slice(0, 1), 3), sparseFromRows(rows.slice(1), 3)];
    expect(await evaluator.evaluate(queriesOnly, { corpusEmbeddings: pieces })).toEqual(expected);
    await expect(evaluator.evaluate(queriesOnly, { corpusEmbeddings: pieces.slice(1) })).rejects.toThrow(
      'there are 3 embeddings for 4 documents; expected one for each',
    );
    await expect(
      evaluator.evaluate(queriesOnly, { corpusEmbeddings: [...pieces, ...pieces] }),
    ).rejects.toThrow('there are more embeddings than the 4 documents of the corpus');
  });

  it('encodes with its prompts, batch size and limit of active dimensions', async () => {
    const model = stubModel(EMBEDDINGS);
    const settings = { batchSize: 7, maxActiveDims: 2, queryPrompt: 'q: ', corpusPromptName: 'passage' };
    await new SparseInformationRetrievalEvaluator({ ...TASK, ...settings }).evaluate(model);
    const encoding = { batchSize: 7, maxActiveDims: 2, showProgressBar: false };
    expect(model.calls.map(({ method, options }) => [method, options])).toEqual([
      ['encodeQuery', { ...encoding, prompt: 'q: ' }],
      ['encodeDocument', { ...encoding, promptName: 'passage' }],
    ]);
  });

  it('searches by several functions, and goes on to compare models by the better one of the first evaluation', async () => {
    const scoreFunctions = ['manhattan', 'dot', 'cosine', 'euclidean'] as const;
    const evaluator = new SparseInformationRetrievalEvaluator({ ...TASK, scoreFunctions });
    const metrics = await evaluator.evaluate(stubModel(EMBEDDINGS));
    const ndcg = (f: string): number => metrics[`${f}_ndcg@10`] ?? Number.NaN;
    const best = Math.max(...scoreFunctions.map(ndcg));
    const primary = evaluator.primaryMetric ?? '';
    expect(metrics[primary]).toBe(best);
    await evaluator.evaluate(stubModel({ ...EMBEDDINGS, 'query 1': [1, 0, 0] }));
    expect(evaluator.primaryMetric).toBe(primary);
    const named = new SparseInformationRetrievalEvaluator({
      ...TASK,
      scoreFunctions,
      mainScoreFunction: 'manhattan',
    });
    await named.evaluate(stubModel(EMBEDDINGS));
    expect(named.primaryMetric).toBe('manhattan_ndcg@10');
  });

  it('writes predictions, a file for each function', async () => {
    const folder = temporaryFolder();
    const evaluator = new SparseInformationRetrievalEvaluator({
      ...TASK,
      name: 'dev',
      writePredictions: true,
    });
    await evaluator.evaluate(stubModel(EMBEDDINGS, 'cosine'), { outputPath: folder });
    const name = 'Information-Retrieval_evaluation_dev_predictions_cosine.jsonl';
    expect(readdirSync(folder).toSorted()).toEqual(
      [name, 'Information-Retrieval_evaluation_dev_results.csv'].toSorted(),
    );
    const [first = ''] = readFileSync(join(folder, name), 'utf8').split('\n');
    const { results, ...rest } = JSON.parse(first) as { results: { corpus_id: string; score: number }[] };
    expect(rest).toEqual({ query_id: 'q1', query: 'query 1' });
    expect(results.map(({ corpus_id: id }) => id)).toEqual(['d3', 'd2', 'd4', 'd1']);
    expect(results[0]?.score).toBeCloseTo(2 / Math.sqrt(5), 6);
  });

  it('leaves out queries without relevant documents, and says so', async () => {
    const told = recordWarnings();
    const relevantDocs = { q1: ['d3'], q2: [], q3: ['d1'] };
    const evaluator = new SparseInformationRetrievalEvaluator({ ...TASK, relevantDocs, name: 'dev' });
    expect(evaluator.queryIds).toEqual(['q1']);
    expect(told).toEqual(['dev: 1 query of 2 without relevant documents left out']);
  });

  it('counts relevant documents that the corpus lacks as not found, and says so', async () => {
    const told = recordWarnings();
    const relevantDocs = { q2: ['d1', 'elsewhere', 'nowhere'] };
    const evaluator = new SparseInformationRetrievalEvaluator({ ...TASK, relevantDocs });
    const metrics = await evaluator.evaluate(stubModel(EMBEDDINGS));
    expect(metrics['dot_recall@10']).toBeCloseTo(1 / 3, 15);
    expect(told[1]).toBe(
      'SparseInformationRetrievalEvaluator: the corpus lacks 2 relevant documents, which count as not found',
    );
  });

  it.each([
    [{ corpus: {} }, InputError, 'the corpus is empty'],
    [{ relevantDocs: {} }, InputError, 'none of 2 queries has a relevant document'],
    [{ queries: ['q'] }, OptionError, 'queries is ["q"]; expected texts by id, a Map or an object'],
    [
      { relevantDocs: { q1: 'd1' } },
      OptionError,
      'expected lists or sets of ids of relevant documents by id',
    ],
    [{ mrrAtK: [] }, OptionError, 'mrrAtK is []; expected a list of whole numbers'],
    [{ scoreFunctions: ['dots'] }, OptionError, 'expected a list of "cosine"'],
    [{ corpusChunkSize: 0 }, OptionError, 'corpusChunkSize is 0'],
    [{ corpsu: {} }, OptionError, 'did you mean "corpus"?'],
  ])('refuses %j', (changes, kind, message) => {
    const make = (): unknown => new SparseInformationRetrievalEvaluator({ ...TASK, ...(changes as object) });
    expect(make).toThrow(kind);
    expect(make).toThrow(message);
  });
});

describe('the order of ids', () => {
  it('is that of code points, as in Python', () => {
    const ids = ['\u{1F600}', '\uFFFD', 'b', 'a', 'ab', '10', '9', ''];
    const sorted = [...ids].toSorted(compareIds);
    expect(sorted).toEqual(['', '10', '9', 'a', 'ab', 'b', '\uFFFD', '\u{1F600}']);
    expect([...idRanks(ids)]).toEqual(ids.map((id) => sorted.indexOf(id)));
    expect([...idRanks(sorted)]).toEqual(sorted.map((_, at) => at));
  });
});
