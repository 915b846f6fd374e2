import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arrayDataset, type Dataset, type Row } from './dataset.js';
import { readDataset } from './files/read-dataset.js';
import type { TrainingBatch } from './training-batch.js';
import type { TrainingData, TrainingDataOptions } from './training-data-options.js';
import { openTrainingData, type TrainingSource } from './training-data.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, ...lines: readonly string[]): string => {
  writeFileSync(join(folder, name), lines.join('\n'));
  return join(folder, name);
};
const pairs = (count: number, name = 'x'): Dataset =>
  arrayDataset(
    Array.from({ length: count }, (_, i) => ({ anchor: `${name}${i}`, positive: `${name}p${i}` })),
  );

async function batchesOf(data: TrainingData, epoch = 0, from = 0): Promise<TrainingBatch[]> {
  const batches: TrainingBatch[] = [];
  for await (const batch of data.batches(epoch, from)) batches.push(batch);
  return batches;
}
const anchors = (batches: readonly TrainingBatch[]): string[] =>
  batches.flatMap(({ texts }) => texts[0] ?? []);
const problemOf = async (source: TrainingSource, options: TrainingDataOptions = {}): Promise<string> =>
  String(await openTrainingData(source, options).catch((error: unknown) => error)).replaceAll(
    `${folder}/`,
    '',
  );

describe('an epoch', () => {
  it('has every row once, in a different order from the next epoch', async () => {
    const data = await openTrainingData(pairs(20), { batchSize: 3 });
    const [first, second] = [await batchesOf(data, 0), await batchesOf(data, 1)];
    expect(data.length).toBe(7);
    expect(first).toHaveLength(7);
    expect(new Set(anchors(first)).size).toBe(20);
    expect(anchors(first)).not.toEqual(anchors(second));
    expect(anchors(first).toSorted()).toEqual(anchors(second).toSorted());
  });

  it.each(['batch_sampler', 'no_duplicates', 'no_duplicates_hashed'] as const)(
    'continues from any batch as if it had not stopped: %s',
    async (batchSampler) => {
      const source = { a: pairs(13, 'a'), b: pairs(7, 'b') };
      const open = () => openTrainingData(source, { batchSize: 2, batchSampler, seed: 3 });
      const whole = await batchesOf(await open(), 2);
      for (const from of [0, 1, 5, whole.length]) {
        expect(await batchesOf(await open(), 2, from)).toEqual(whole.slice(from));
      }
    },
  );

  it('of several data sets names them, and has the prompts and tasks of each', async () => {
    const data = await openTrainingData(
      { a: pairs(4), b: arrayDataset([{ query: 'q', answer: 'r', score: 1 }]) },
      {
        batchSize: 4,
        prompts: { a: 'a: ', b: { query: 'b: ' } },
        routerMapping: { a: { anchor: 'query' }, b: { answer: 'document' } },
      },
    );
    const [a, b] = (await batchesOf(data)).toSorted((x, y) =>
      (x.dataset ?? '').localeCompare(y.dataset ?? ''),
    );
    expect(a).toMatchObject({ dataset: 'a', prompts: ['a: ', 'a: '], tasks: ['query', undefined], size: 4 });
    expect(b).toMatchObject({ dataset: 'b', prompts: ['b: ', undefined], tasks: [undefined, 'document'] });
    expect(b?.labels).toEqual({ values: Float32Array.of(1), shape: [1] });
    expect(data.datasets.map(({ name, rows, labelShape }) => [name, rows, labelShape])).toEqual([
      ['a', 4, undefined],
      ['b', 1, []],
    ]);
  });

  it("uses a user's own sampler", async () => {
    const data = await openTrainingData(pairs(4), {
      batchSampler: (dataset) => ({ length: 1, batches: () => [[dataset.length - 1, 0]] }),
    });
    expect(anchors(await batchesOf(data))).toEqual(['x3', 'x0']);
  });
});

describe('rows of a file', () => {
  const lines = [
    '{"query":"a","doc":"b","score":1}',
    '{"query":"c","doc":5,"score":1}',
    '{"query":"d","doc":"e","score":"high"}',
    '{"query":"f","doc":"g","score":0}',
    '{"query":"h","doc":"i","score":1,"id":7}',
    '{"query":"j","score":1}',
    '{"query":"k","doc":"l"}',
    '{"query":"m","doc":"n","score":[1]}',
    '{"query":"o","doc',
  ];

  it.each([
    [1, 'rows.jsonl:2: column "doc" is 5; expected a text'],
    [2, 'rows.jsonl:2: column "score" is "high"; expected a number'],
    [4, 'rows.jsonl:2: the row has a column "id"; expected query, doc, score, as the first row has'],
    [5, 'rows.jsonl:2: column "doc" is missing; expected a text'],
    [6, 'rows.jsonl:2: column "score" is missing; expected a label'],
    [7, 'rows.jsonl:2: column "score" is a list of 1; expected one number, as in the rows before'],
    [8, 'rows.jsonl:2:14: not valid JSON'],
  ])('stop the run where number %d cannot be trained on', async (bad, problem) => {
    const dataset = await readDataset(fileOf('rows.jsonl', lines[0] ?? '', lines[bad] ?? ''));
    expect(await problemOf(dataset)).toContain(problem);
    await dataset.close?.();
  });

  it('are skipped and counted if they cannot be trained on', async () => {
    const data = await openTrainingData(await readDataset(fileOf('skip.jsonl', ...lines)), {
      onError: 'skip',
      batchSize: 1,
    });
    expect(data.datasets[0]?.rows).toBe(2);
    expect(data.skipped.count).toBe(7);
    expect(data.skipped.reasons).toHaveLength(5);
    expect(data.skipped.reasons[0]).toContain('skip.jsonl:2: column "doc" is 5');
    expect(anchors(await batchesOf(data)).toSorted()).toEqual(['a', 'f']);
    await data.close();
  });

  it('cause an error if none can be trained on', async () => {
    const dataset = await readDataset(fileOf('bad.jsonl', '{"a":1}', '{"a":2}'));
    expect(await problemOf(dataset, { onError: 'skip' })).toContain(
      'none of 2 rows can be trained on; the first: bad.jsonl:1: column "a" is 1; expected a text',
    );
    await dataset.close?.();
  });
});

describe('what cannot be opened', () => {
  const streamed = { open: async function* () {} };
  it.each<[string, unknown, object]>([
    ['source is 5; expected a data set, a stream of rows, or an object of data sets by name', 5, {}],
    ['there are no data sets; expected at least one', {}, {}],
    ['the data set "a" is not a data set; expected what arrayDataset or readDataset returns', { a: [] }, {}],
    [
      'the data set "a" is a stream of rows; of several data sets each must have a length',
      { a: streamed },
      {},
    ],
    ['batchSize is 0; expected a whole number of at least 1', pairs(1), { batchSize: 0 }],
    ['did you mean "batchSize"', pairs(1), { batch_size: 1 }],
    ['batchSampler is "none"; expected one of "batch_sampler"', pairs(1), { batchSampler: 'none' }],
    ['prompts is 5; expected a text, or an object', pairs(1), { prompts: 5 }],
    [
      'prompts has "anchr", which is not a data set or column; did you mean "anchor"?',
      pairs(1),
      { prompts: { anchr: 'x' } },
    ],
    [
      'routerMapping is given by data set (a), but the only data set has no name',
      pairs(1),
      { routerMapping: { a: {} } },
    ],
    ['prompts.a has "b", which is not a column', { a: pairs(1) }, { prompts: { a: { b: 'x' } } }],
    [
      'routerMapping has "c", which is not a data set',
      { a: pairs(1) },
      { routerMapping: { c: { anchor: 'x' } } },
    ],
    ['expected one of label, labels, score, scores', pairs(4), { batchSampler: 'group_by_label' }],
  ])('is reported: %s', async (problem, source, options) => {
    expect(await problemOf(source as TrainingSource, options)).toContain(problem);
  });

  it('includes an array without rows', () => {
    expect(() => arrayDataset([])).toThrow('the list has no rows');
    expect(() => arrayDataset([5 as unknown as Row])).toThrow('rows is [5]; expected a list of rows');
  });
});
