import { expect, it } from 'vitest';
import { InputError, OptionError } from '../errors.js';
import { stubModel } from '../testing/stub-model.js';
import { truncationSweep } from './sweep.js';

const model = stubModel({
  // With all terms the wrong document wins, with the largest term alone the right one.
  q: [2, 1, 1, 0],
  r: [0, 0, 0, 1],
  right: [3, 0, 0, 0],
  wrong: [1, 2.5, 2.5, 0],
  other: [0, 0, 0.5, 4],
});

const task = {
  queries: ['q', 'r'],
  documents: ['wrong', 'right', 'other'],
  relevant: [new Set([1]), new Set([2])],
};

it('measures quality and costs of each truncation, the whole embeddings first', async () => {
  const points = await truncationSweep(model, task, { maxActiveDims: [1], ratios: [0.45], k: 1 });
  const figures = points.map(({ searchMs, ...rest }) => {
    expect(searchMs).toBeGreaterThan(0);
    return rest;
  });
  expect(figures).toEqual([
    {
      name: 'all terms',
      method: 'none',
      value: null,
      ndcg: 0.5,
      queryActiveDims: 2,
      corpusActiveDims: 2,
      // Shares of queries by dimension: 1/2 each; shares of documents: 2/3, 1/3, 2/3, 1/3.
      flops: 1,
    },
    {
      name: 'at most 1',
      method: 'maxActiveDims',
      value: 1,
      ndcg: 1,
      queryActiveDims: 1,
      corpusActiveDims: 1,
      flops: 1 / 3,
    },
    {
      name: 'above 0.45 of the largest',
      method: 'ratio',
      value: 0.45,
      // The wrong document has lost the term that made it win.
      ndcg: 1,
      queryActiveDims: 2,
      corpusActiveDims: 4 / 3,
      flops: expect.closeTo(2 / 3, 12) as number,
    },
  ]);
});

it('truncates only queries or only documents where that is asked for', async () => {
  const cut = async (truncate: 'queries' | 'documents'): Promise<number[]> => {
    const [, point] = await truncationSweep(model, task, { maxActiveDims: [1], ratios: [], truncate });
    return [point?.queryActiveDims ?? 0, point?.corpusActiveDims ?? 0];
  };
  expect(await cut('queries')).toEqual([1, 2]);
  expect(await cut('documents')).toEqual([2, 1]);
});

it('refuses limits and ratios out of range, and a task without relevant documents', async () => {
  await expect(truncationSweep(model, task, { maxActiveDims: [0] })).rejects.toThrow(OptionError);
  await expect(truncationSweep(model, task, { ratios: [1] })).rejects.toThrow('numbers above 0 and below 1');
  const none = { ...task, relevant: [new Set<number>(), new Set<number>()] };
  await expect(truncationSweep(model, none)).rejects.toThrow(InputError);
});
