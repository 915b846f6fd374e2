import { describe, expect, it } from 'vitest';
import { setWarningHandler } from '../warnings.js';
import { arrayDataset, type Dataset, type Row } from './dataset.js';
import { resolveIds, type ResolveIdsOptions } from './resolve-ids.js';
import { openTrainingData } from './training-data.js';

const queries = [
  { id: 'q1', text: 'a cat' },
  { id: 'q2', text: 'to run' },
];
const documents = [
  { doc_id: 1, text: 'one' },
  { doc_id: 2, text: 'two' },
  { doc_id: 3, text: 'three' },
];
type Lookups = Parameters<typeof resolveIds>[1];

const resolve = (rows: readonly Row[], lookups: Lookups, options: ResolveIdsOptions = {}) =>
  resolveIds(arrayDataset(rows), lookups, options);
const all = async (dataset: Dataset) => dataset.rows(Array.from({ length: dataset.length }, (_, i) => i));
const lookups = { query_id: arrayDataset(queries), document_ids: arrayDataset(documents) };

describe('ids', () => {
  it('become texts, in the order of the lookups, with labels cut like the lists', async () => {
    const rows = [
      { note: 'x', document_ids: [3, 1, 2], scores: [0.1, 0.2, 0.3], query_id: 'q2' },
      { note: 'y', document_ids: [2, 2], scores: '[1, 2e-1, -3]', query_id: 'q1' },
    ];
    const dataset = await resolve(rows, lookups, { maxListLength: 2 });
    expect(dataset.columns).toEqual(['query', 'document_1', 'document_2', 'scores']);
    expect(await all(dataset)).toEqual([
      { query: 'to run', document_1: 'three', document_2: 'one', scores: [0.1, 0.2] },
      { query: 'a cat', document_1: 'two', document_2: 'two', scores: [1, 0.2] },
    ]);
    expect(await dataset.rows([1, 1])).toHaveLength(2);
  });

  it('may be lists written as texts, and may be texts or numbers', async () => {
    const rows = [{ query_id: 'q1', document_ids: `['1', "3"]` }];
    expect(await all(await resolve(rows, lookups))).toEqual([
      { query: 'a cat', document_1: 'one', document_2: 'three' },
    ]);
    const odd = arrayDataset([{ id: '[not a list', text: 'x' }]);
    expect(await all(await resolve([{ a_id: '[not a list' }], { a_id: odd }))).toEqual([{ a: 'x' }]);
  });

  it('are looked up in the named columns', async () => {
    const dataset = arrayDataset([{ key: 7n, title: 'seven', id: 'no', body: 'seven body' }]);
    const found = await resolve([{ a_idx: 7 }], { a_idx: { dataset, id: 'key', value: 'body' } });
    expect(await all(found)).toEqual([{ a: 'seven body' }]);
  });

  it('are checked before training, without reading texts', async () => {
    let read = 0;
    const counted: Dataset = {
      ...arrayDataset(documents),
      rows: (indices) => {
        read += indices.length;
        return arrayDataset(documents).rows(indices);
      },
    };
    const rows = [{ a_id: 1 }, { a_id: 9 }, { a_id: 3 }];
    const dataset = await resolve(rows, { a_id: counted });
    const opened = read;
    const data = await openTrainingData(dataset, { onError: 'skip' });
    expect([read - opened, data.datasets[0]?.rows]).toEqual([0, 2]);
    expect(data.skipped.reasons).toEqual(['row 1: column "a_id": the id 9 is not in its lookup']);
  });

  it('refer to the last text if they occur more than once', async () => {
    const told: string[] = [];
    const before = setWarningHandler((message) => void told.push(message));
    try {
      const twice = arrayDataset([...documents, { doc_id: 1, text: 'one again' }]);
      expect(await all(await resolve([{ a_id: 1 }], { a_id: twice }))).toEqual([{ a: 'one again' }]);
      expect(told).toEqual([expect.stringContaining('the lookup of a_id has ids that occur more than once')]);
    } finally {
      setWarningHandler(before);
    }
  });

  it.each<[string, readonly Row[], Lookups, ResolveIdsOptions?]>([
    ['there is no column "b_id"; the data set has a_id', [{ a_id: 1 }], { b_id: arrayDataset(documents) }],
    [
      'expected exactly one column named id or ending in _id; none among text',
      [{ a_id: 1 }],
      { a_id: arrayDataset([{ text: 'x' }]) },
    ],
    [
      'expected exactly one column besides id; a, b among',
      [{ a_id: 1 }],
      { a_id: arrayDataset([{ id: 1, a: '', b: '' }]) },
    ],
    [
      'the lookup of a_id has no column "key"',
      [{ a_id: 1 }],
      { a_id: { dataset: arrayDataset(documents), id: 'key', value: 'text' } },
    ],
    [
      'row 0: column "text" is 5; expected a text',
      [{ a_id: 1 }],
      { a_id: arrayDataset([{ id: 1, text: 5 }]) },
    ],
    [
      'row 0: column "id" is 1.5; expected an id',
      [{ a_id: 1 }],
      { a_id: arrayDataset([{ id: 1.5, text: 'x' }]) },
    ],
    ['row 0: column "a_id" is 1e+300; expected an id', [{ a_id: 1e300 }], { a_id: arrayDataset(documents) }],
    ['row 0: column "a_ids" is an empty list of ids', [{ a_ids: [] }], { a_ids: arrayDataset(documents) }],
    [
      'two columns would be named "label"',
      [{ label_id: 1, label: 1 }],
      { label_id: arrayDataset(documents) },
    ],
    [
      'maxListLength is 0; expected a whole number',
      [{ a_id: 1 }],
      { a_id: arrayDataset(documents) },
      { maxListLength: 0 },
    ],
    ['lookups is 5; expected an object', [{ a_id: 1 }], 5 as never],
  ])('are rejected: %s', async (problem, rows, given, options) => {
    await expect(resolve(rows, given, options)).rejects.toThrow(problem);
  });

  it.each<[string, readonly Row[]]>([
    ['row 1: column "a_ids" is a list of 1; expected a list of 2', [{ a_ids: [1, 2] }, { a_ids: [1] }]],
    ['row 1: column "a_ids" is one id; expected a list of 2', [{ a_ids: [1, 2] }, { a_ids: 1 }]],
    ['row 1: column "a_ids" is a list of 1; expected one id', [{ a_ids: 1 }, { a_ids: [1] }]],
    ['row 1: column "a_ids": the id 9 is not in its lookup', [{ a_ids: 1 }, { a_ids: 9 }]],
    ['row 1: column "a_ids" is undefined; expected an id', [{ a_ids: 1 }, {}]],
  ])('are rejected when the row is read: %s', async (problem, rows) => {
    const dataset = await resolve(rows, { a_ids: arrayDataset(documents) });
    await expect(dataset.rows([1])).rejects.toThrow(problem);
  });
});
