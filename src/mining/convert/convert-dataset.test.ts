import { expect, describe, it } from 'vitest';
import { arrayDataset, type Row } from '../../datasets/dataset.js';
import { lossesForData } from '../../datasets/fitting-losses.js';
import { labelShape } from '../../datasets/labels.js';
import { trainingColumns } from '../../datasets/training-columns.js';
import { DATA_FORMATS } from '../../losses/catalog.js';
import { convertDataset } from './convert-dataset.js';
import { type ConvertOptions, SOURCES, TARGETS } from './options.js';

async function converted(rows: readonly Row[], options: ConvertOptions): Promise<Row[]> {
  const found: Row[] = [];
  for await (const row of convertDataset(arrayDataset(rows), options)) found.push(row);
  return found;
}

const TUPLES = [
  { query: 'q', answer: 'p', negative_1: 'n', negative_2: 'm', scores: [5, 3, 1] },
  { query: 'q', answer: 'r', negative_1: 'n', negative_2: 'm', scores: [4, 3, 1] },
];

describe('convertDataset', () => {
  it('makes every other format of n-tuples, with their scores', async () => {
    const from = 'n-tuple';
    expect(await converted(TUPLES, { from, to: 'triplet' })).toEqual([
      { query: 'q', answer: 'p', negative: 'n', scores: [5, 3] },
      { query: 'q', answer: 'p', negative: 'm', scores: [5, 1] },
      { query: 'q', answer: 'r', negative: 'n', scores: [4, 3] },
      { query: 'q', answer: 'r', negative: 'm', scores: [4, 1] },
    ]);
    expect(await converted(TUPLES, { from, to: 'margin-n-tuple' })).toEqual([
      { query: 'q', answer: 'p', negative_1: 'n', negative_2: 'm', scores: [2, 4] },
      { query: 'q', answer: 'r', negative_1: 'n', negative_2: 'm', scores: [1, 3] },
    ]);
    expect((await converted(TUPLES, { from, to: 'margin-triplet' })).map(({ score }) => score)).toEqual([
      2, 4, 1, 3,
    ]);
    expect(await converted(TUPLES, { from, to: 'labeled-list' })).toEqual([
      { query: 'q', answer: ['p', 'n', 'm'], scores: [5, 3, 1] },
      { query: 'q', answer: ['r', 'n', 'm'], scores: [4, 3, 1] },
    ]);
    expect(await converted(TUPLES, { from, to: 'labeled-pair' })).toEqual([
      { query: 'q', answer: 'p', score: 5 },
      { query: 'q', answer: 'n', score: 3 },
      { query: 'q', answer: 'm', score: 1 },
      { query: 'q', answer: 'r', score: 4 },
    ]);
    expect(await converted(TUPLES, { from, to: 'pair' })).toEqual([
      { query: 'q', answer: 'p' },
      { query: 'q', answer: 'r' },
    ]);
  });

  it('comes back to the same rows through labeled pairs and lists', async () => {
    const tuples = TUPLES.map(({ scores: _scores, ...row }) => row);
    for (const to of ['labeled-pair', 'labeled-list'] as const) {
      const there = await converted(tuples, { from: 'n-tuple', to });
      expect(await converted(there, { from: to, to: 'n-tuple' })).toEqual(tuples);
    }
    const scored = await converted(TUPLES, { from: 'n-tuple', to: 'labeled-list' });
    expect(await converted(scored, { from: 'labeled-list', to: 'n-tuple' })).toEqual(TUPLES);
    const pairs = await converted(TUPLES, { from: 'n-tuple', to: 'labeled-pair' });
    expect(await converted(pairs, { from: 'labeled-pair', to: 'n-tuple', positiveFrom: 4 })).toEqual(TUPLES);
  });

  it('cuts n-tuples to one number of negatives, and leaves out shorter ones', async () => {
    const lists = [
      { a: 'q', b: ['p', 'n', 'm', 'o'], labels: [1, 0, 0, 0] },
      { a: 'q', b: ['p', 'n'], labels: [1, 0] },
      { a: 'q', b: ['p', 'm', 'n'], labels: [true, false, false] },
    ];
    const generator = convertDataset(arrayDataset(lists), {
      from: 'labeled-list',
      to: 'n-tuple',
      numNegatives: 2,
    });
    const rows: Row[] = [];
    let next = await generator.next();
    for (; next.done !== true; next = await generator.next()) rows.push(next.value);
    expect(rows).toEqual([
      { a: 'q', b: 'p', negative_1: 'n', negative_2: 'm' },
      { a: 'q', b: 'p', negative_1: 'm', negative_2: 'n' },
    ]);
    expect(next.value).toEqual({ withoutNegatives: 1 });
    await expect(converted(lists, { from: 'labeled-list', to: 'n-tuple' })).rejects.toThrow(
      'row 1: there is 1 negative; expected 3, as in the rows before, or the option numNegatives',
    );
  });

  it('makes triplets of classes', async () => {
    const texts = ['a', 'b', 'c', 'd'].map((text, place) => ({ text, label: place < 2 ? 'x' : 7 }));
    const triplets = await converted(texts, { from: 'class-text', to: 'triplet' });
    expect(triplets.map(({ anchor, positive }) => `${String(anchor)}${String(positive)}`)).toEqual([
      'ab',
      'ba',
      'cd',
      'dc',
    ]);
    const pairs = [
      { premise: 'p', hypothesis: 'h', label: 0 },
      { premise: 'p', hypothesis: 'g', label: 2 },
    ];
    const classes = { positiveClass: '0', negativeClass: '2' };
    expect(await converted(pairs, { from: 'class-pair', to: 'triplet', ...classes })).toEqual([
      { anchor: 'p', positive: 'h', negative: 'g' },
    ]);
    await expect(converted(pairs, { from: 'class-pair', to: 'triplet' })).rejects.toThrow(
      'class-pair needs the options positiveClass and negativeClass',
    );
  });

  it.each<[string, readonly Row[], ConvertOptions, string]>([
    ['a cell', [{ a: 'x', b: 'y', c: 3 }], { from: 'triplet', to: 'pair' }, 'row 0: c is 3; expected a text'],
    [
      'columns',
      [{ a: 'x', b: 'y' }],
      { from: 'triplet', to: 'pair' },
      'columns of texts a, b; expected (anchor, positive, negative)',
    ],
    [
      'a label',
      [{ a: 'x', b: 'y', label: 2 }],
      { from: 'labeled-pair', to: 'triplet' },
      'row 0: label is 2; expected a label, 1 or 0',
    ],
    [
      'no label',
      [{ a: 'x', b: 'y', score: 2 }],
      { from: 'labeled-pair', to: 'triplet' },
      'has no column label; expected one of 1 and 0, or a column score and the option positiveFrom',
    ],
    [
      'scores',
      [{ a: 'x', b: 'y', c: 'z', scores: [1] }],
      { from: 'triplet', to: 'labeled-pair' },
      'row 0: scores has 1 numbers; expected 2',
    ],
    [
      'no scores',
      [{ a: 'x', b: 'y', c: 'z' }],
      { from: 'triplet', to: 'margin-triplet' },
      'row 0: there are no scores; margins need',
    ],
    [
      'both',
      [{ a: 'x', b: 'y', c: 'y' }],
      { from: 'triplet', to: 'labeled-pair' },
      'row 0: "y" is both positive and negative for "x"',
    ],
    [
      'a list',
      [{ a: 'x', b: 'y', labels: [1] }],
      { from: 'labeled-list', to: 'triplet' },
      'row 0: b is "y"; expected a list of texts',
    ],
  ])('refuses wrong data and names the place: %s', async (_, rows, options, told) => {
    await expect(converted(rows, options)).rejects.toThrow(told);
  });

  it('reads every format that the table of losses converts, and writes what losses take', async () => {
    const known: readonly string[] = SOURCES;
    const toConvert = DATA_FORMATS.filter((format) => 'conversion' in format).map(({ id }) => id);
    expect(toConvert.filter((id) => !known.includes(id))).toEqual([]);
    // Lists of texts are for losses of rerankers; their data converts back to the others.
    for (const to of TARGETS.filter((target) => target !== 'labeled-list')) {
      const rows = await converted(TUPLES, { from: 'n-tuple', to });
      const { inputs, label } = trainingColumns(Object.keys(rows[0] ?? {}), to);
      const shape = label === undefined ? undefined : labelShape(rows[0]?.[label], to);
      expect(lossesForData({ columns: inputs.length, labelShape: shape }), to).not.toEqual([]);
    }
  });
});
