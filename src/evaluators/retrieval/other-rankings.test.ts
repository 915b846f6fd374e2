import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { stubModel } from '../../testing/stub-model.js';
import { recordWarnings } from '../../testing/warnings.js';
import { fused } from './fusion-samples.js';
import { SparseNanoBEIREvaluator } from './nano-beir-evaluator.js';
import { ReciprocalRankFusionEvaluator } from './reciprocal-rank-fusion-evaluator.js';
import { SparseRerankingEvaluator } from './reranking-evaluator.js';

const model = stubModel({ query: [1, 0], best: [4, 0], same: [1, 1], equal: [2, 2], none: [0, 3] });

describe('SparseRerankingEvaluator', () => {
  it('shares the gains of equal scores', async () => {
    const samples = [{ query: 'query', positive: 'same', negative: ['equal', 'best', 'none'] }];
    const metrics = await new SparseRerankingEvaluator({ samples, name: 'dev' }).evaluate(model);
    // By cosine: best 1, then same and equal, then none.
    expect(metrics['dev_ndcg@10']).toBeCloseTo((1 / Math.log2(3) + 1 / Math.log2(4)) / 2, 12);
    expect(metrics['dev_map']).toBeCloseTo(1 / 3, 12);
    expect(metrics['dev_mrr@10']).toBe(1 / 2);
    expect(metrics['dev_corpus_active_dims']).toBe(1.5);
  });

  it('leaves out samples with documents of one kind, and refuses samples without any other', async () => {
    const told = recordWarnings();
    const samples = [{ query: 'query', positive: [], negative: 'best' }];
    expect(() => new SparseRerankingEvaluator({ samples })).toThrow(
      'none of 1 sample has a positive and a negative',
    );
    const evaluator = new SparseRerankingEvaluator({
      samples: [...samples, { query: 'query', positive: 'best', negative: 'none' }],
      atK: 3,
    });
    expect(told).toEqual([
      'SparseRerankingEvaluator: 1 of 2 samples without a positive or a negative document left out',
    ]);
    expect(evaluator.csvFile).toBe('RerankingEvaluator_results_@3.csv');
    expect(() => new SparseRerankingEvaluator({ samples: [{ query: 1 }] as never })).toThrow(
      'expected a list of {',
    );
  });
});

describe('ReciprocalRankFusionEvaluator', () => {
  const denseSamples = [
    { query_id: 1, query: 'query', positive: ['best'], documents: ['none', 'best', 'same'] },
  ];

  it('fuses by reciprocal ranks', () => {
    expect(fused(['a', 'b', 'c'], ['c', 'd'], 60)).toEqual(['c', 'a', 'b', 'd']);
  });

  it('lets the evaluated model make the sparse rankings', async () => {
    const corpus = ['same', 'equal', 'none', 'best'];
    const evaluator = new ReciprocalRankFusionEvaluator({ denseSamples, corpus, topK: 2 });
    const metrics = await evaluator.evaluate(model);
    // The model finds best, equal: best has ranks 2 and 1 in both.
    expect(metrics).toMatchObject({
      'dense_mrr@10': 0.5,
      'sparse_mrr@10': 1,
      'mrr@10': 1,
      'ndcg@10': 1,
      map: 1,
    });
    expect(evaluator.primaryMetric).toBe('ndcg@10');
  });

  it('refuses rankings of other queries, and neither or both kinds of sparse ones', () => {
    const other = [{ query_id: 2, query: 'query', positive: 'best', documents: [] }];
    const make = (options: object) => () => new ReciprocalRankFusionEvaluator({ denseSamples, ...options });
    expect(make({ sparseSamples: other })).toThrow(
      'sample 0 is of query "1" in denseSamples and of "2" in sparseSamples',
    );
    expect(make({ sparseSamples: [...other, ...other] })).toThrow(
      '1 sample in denseSamples and 2 in sparseSamples',
    );
    expect(make({})).toThrow('give either sparseSamples, or a corpus');
    expect(make({ sparseSamples: denseSamples, corpus: ['best'] })).toThrow(
      'give either sparseSamples, or a corpus',
    );
  });
});

describe('SparseNanoBEIREvaluator', () => {
  function taskFolder(name: string, relevant: string): string {
    const folder = join(temporaryFolder(), name);
    mkdirSync(join(folder, 'qrels'), { recursive: true });
    writeFileSync(join(folder, 'queries.jsonl'), '{"_id": "q", "text": "query"}\n');
    writeFileSync(
      join(folder, 'corpus.jsonl'),
      ['best', 'same', 'none'].map((text) => `${JSON.stringify({ _id: text, text })}\n`).join(''),
    );
    writeFileSync(join(folder, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\nq\t${relevant}\t1\n`);
    return folder;
  }

  it('reads folders, and has the metrics of each and their mean', async () => {
    const folders = [taskFolder('one', 'best'), taskFolder('two', 'same')];
    const evaluator = await SparseNanoBEIREvaluator.fromFolders(folders, { maxActiveDims: 2, mrrAtK: [10] });
    const output = temporaryFolder();
    const metrics = await evaluator.evaluate(model, { outputPath: output });
    expect(metrics).toMatchObject({
      'one_2_dot_mrr@10': 1,
      'two_2_dot_mrr@10': 0.5,
      'NanoBEIR_mean_2_dot_mrr@10': 0.75,
      NanoBEIR_mean_2_corpus_active_dims: 4 / 3,
      NanoBEIR_mean_2_avg_flops: 2 / 3,
    });
    expect(evaluator.primaryMetric).toBe('NanoBEIR_mean_2_dot_ndcg@10');
    expect(readdirSync(output).toSorted()).toEqual([
      'Information-Retrieval_evaluation_one_2_results.csv',
      'Information-Retrieval_evaluation_two_2_results.csv',
      'NanoBEIR_evaluation_mean_results.csv',
    ]);
  });

  it('takes a prompt for each task, another aggregate, and refuses what is missing', async () => {
    const folder = taskFolder('one', 'best');
    const options = {
      queryPrompts: { one: 'q: ' },
      aggregateFn: (values: readonly number[]) => Math.max(...values),
      aggregateKey: 'max',
    };
    const evaluator = await SparseNanoBEIREvaluator.fromFolders([folder], options);
    const other = stubModel({ query: [1, 0], best: [1, 0], same: [1, 0], none: [1, 0] });
    expect(await evaluator.evaluate(other)).toHaveProperty('NanoBEIR_max_dot_ndcg@10');
    expect(other.calls[0]?.options).toMatchObject({ prompt: 'q: ' });
    const without = SparseNanoBEIREvaluator.fromFolders([folder], { queryPrompts: { two: '' } });
    await expect(without).rejects.toThrow('queryPrompts has no prompt for the task "one"');
    await expect(SparseNanoBEIREvaluator.fromFolders([folder, folder])).rejects.toThrow(
      'two folders have the name "one"',
    );
    expect(() => new SparseNanoBEIREvaluator({ tasks: {} })).toThrow(
      'expected tasks { queries, corpus, relevantDocs }',
    );
  });
});
