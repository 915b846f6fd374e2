import { readdirSync } from 'node:fs';
import { describe, expect, it, vi } from 'vitest';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { stubModel } from '../testing/stub-model.js';
import { recordWarnings } from '../testing/warnings.js';
import { SparseBinaryClassificationEvaluator } from './sparse-binary-classification-evaluator.js';
import { SparseEmbeddingSimilarityEvaluator } from './sparse-embedding-similarity-evaluator.js';
import { SparseMSEEvaluator } from './sparse-mse-evaluator.js';
import { SparseTranslationEvaluator } from './sparse-translation-evaluator.js';
import { SparseTripletEvaluator } from './sparse-triplet-evaluator.js';

const model = stubModel({ a: [2, 0, 0], b: [1, 1, 0], c: [0, 0, 3], d: [0, 1, 0] });

describe('SparseTripletEvaluator', () => {
  const columns = { anchors: ['a', 'a'], positives: ['b', 'c'], negatives: ['c', 'b'] };

  it('encodes anchors as queries and the rest as documents, with its own options', async () => {
    const own = stubModel({ a: [2, 0], b: [1, 1], c: [0, 3] });
    const evaluator = new SparseTripletEvaluator({ ...columns, batchSize: 7, maxActiveDims: 5 });
    expect(await evaluator.evaluate(own)).toMatchObject({ dot_accuracy: 0.5, anchor_active_dims: 1 });
    expect(own.calls.map(({ method }) => method)).toEqual([
      'encodeQuery',
      'encodeDocument',
      'encodeDocument',
    ]);
    for (const { options } of own.calls) expect(options).toMatchObject({ batchSize: 7, maxActiveDims: 5 });
  });

  it('counts a positive that is as similar as the negative plus the margin as wrong', async () => {
    const margin = async (size: number): Promise<number | undefined> =>
      (await new SparseTripletEvaluator({ ...columns, margin: size }).evaluate(model))['dot_accuracy'];
    expect([await margin(1.9), await margin(2), await margin(-3)]).toEqual([0.5, 0, 1]);
  });
});

it('SparseEmbeddingSimilarityEvaluator warns of a correlation that is not a number', async () => {
  const told = recordWarnings();
  const evaluator = new SparseEmbeddingSimilarityEvaluator({
    sentences1: ['a', 'b'],
    sentences2: ['b', 'b'],
    scores: [1, 1],
  });
  expect((await evaluator.evaluate(model))['spearman_dot']).toBeNaN();
  expect(told).toEqual([
    'SparseEmbeddingSimilarityEvaluator: all scores or all similarities are equal, so their correlation is not a number',
  ]);
});

it('SparseBinaryClassificationEvaluator encodes each sentence once', async () => {
  const own = stubModel({ a: [2, 0], b: [1, 1], c: [0, 3] });
  const evaluator = new SparseBinaryClassificationEvaluator({
    sentences1: ['a', 'a', 'b'],
    sentences2: ['b', 'c', 'c'],
    labels: [1, 0, 1],
  });
  const metrics = await evaluator.evaluate(own);
  expect(own.calls).toMatchObject([{ method: 'encode', texts: ['a', 'b', 'c'] }]);
  expect(metrics).toMatchObject({ dot_accuracy: 1, dot_accuracy_threshold: 1, dot_ap: 1, dot_mcc: 1 });
});

describe('SparseMSEEvaluator', () => {
  const texts = { sourceSentences: ['a', 'b'], targetSentences: ['b', 'b'] };

  it('asks the teacher once, and names its file as the reference', async () => {
    const teacherModel = stubModel({ a: [2, 0], b: [1, 1] });
    const evaluator = new SparseMSEEvaluator({ ...texts, teacherModel });
    const folder = temporaryFolder();
    for (let times = 0; times < 2; times++) {
      const student = stubModel({ a: [2, 0], b: [1, 1] });
      const metrics = await evaluator.evaluate(student, { outputPath: folder });
      expect(metrics['negative_mse']).toBeCloseTo(-50, 4);
    }
    expect(teacherModel.calls).toHaveLength(1);
    expect(readdirSync(folder)).toEqual(['mse_evaluation__results.csv']);
  });

  it('refuses embeddings of another width, and tries a teacher that failed again', async () => {
    const teacherModel = stubModel({ a: [2, 0], b: [1, 1] });
    const failing = vi.spyOn(teacherModel, 'encode').mockRejectedValueOnce(new Error('no memory'));
    const evaluator = new SparseMSEEvaluator({ ...texts, teacherModel });
    await expect(evaluator.evaluate(model)).rejects.toThrow('no memory');
    await expect(evaluator.evaluate(model)).rejects.toThrow(
      "the model's embeddings have width 3; expected 2, as the teacher's",
    );
    expect(failing).toHaveBeenCalledTimes(2);
  });
});

it('SparseTranslationEvaluator prints wrong matches if asked to', async () => {
  const print = vi.spyOn(console, 'warn').mockReturnValue();
  const texts = { sourceSentences: ['a', 'c'], targetSentences: ['d', 'b'] };
  const metrics = await new SparseTranslationEvaluator({ ...texts, printWrongMatches: true }).evaluate(model);
  expect(metrics).toMatchObject({ src2trg_accuracy: 0, trg2src_accuracy: 0.5, mean_accuracy: 0.25 });
  expect(print.mock.calls.join('\n')).toContain('source 0: a\n  most similar is target 1 (0.7071): b');
  print.mockClear();
  await new SparseTranslationEvaluator(texts).evaluate(model);
  expect(print).not.toHaveBeenCalled();
});

it('refuse columns that are empty, of the wrong type, or of different length', () => {
  const two = { sourceSentences: ['a', 'b'], targetSentences: ['c', 'd'] };
  expect(() => new SparseTranslationEvaluator({ ...two, targetSentences: ['c'] })).toThrow(
    'SparseTranslationEvaluator: sourceSentences has length 2 and targetSentences 1; expected equal lengths',
  );
  expect(() => new SparseTranslationEvaluator({ sourceSentences: [], targetSentences: [] })).toThrow(
    'sourceSentences is []; expected a list of texts, at least one',
  );
  const pairs = { sentences1: ['a'], sentences2: ['b'] };
  expect(() => new SparseBinaryClassificationEvaluator({ ...pairs, labels: [2] })).toThrow(
    'labels is [2]; expected a list of labels, 0 or 1',
  );
  expect(() => new SparseEmbeddingSimilarityEvaluator({ ...pairs, scores: [1, 2] })).toThrow(
    'sentences1 has length 1 and scores 2',
  );
  expect(() => new SparseMSEEvaluator({ ...two, teacherModel: {} as never })).toThrow(
    'teacherModel is an object (Object); expected a model with encode',
  );
  const triplets = { anchors: ['a'], positives: ['b'], negatives: ['c'] };
  expect(() => new SparseTripletEvaluator({ ...triplets, similarityFnNames: ['dot', 'dot'] })).toThrow(
    'similarityFnNames is ["dot", "dot"]; expected a list of different names',
  );
  expect(() => new SparseTripletEvaluator({ ...triplets, margin: { euclid: 1 } as never })).toThrow(
    'margin is an object (Object); expected a finite number, an object of finite numbers by cosine, dot',
  );
});
