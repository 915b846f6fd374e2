import { describe, expect, it } from 'vitest';
import { setWarningHandler } from '../warnings.js';
import { trainingBatch } from './training-batch.js';
import { trainingColumns } from './training-columns.js';

const batchOf = (rows: readonly Record<string, unknown>[], settings = {}) =>
  trainingBatch(rows, trainingColumns(Object.keys(rows[0] ?? {}), 'the data'), settings);

/** The warnings that `run` causes. */
function warningsOf(run: () => void): string[] {
  const told: string[] = [];
  const before = setWarningHandler((message) => void told.push(message));
  try {
    run();
  } finally {
    setWarningHandler(before);
  }
  return told;
}

describe('columns', () => {
  it.each([
    [['anchor', 'positive'], ['anchor', 'positive'], undefined],
    [['score', 'a', 'b'], ['a', 'b'], 'score'],
    [['a', 'scores', 'b', 'label'], ['a', 'scores', 'b'], 'label'],
    [['a', 'scores', 'labels'], ['a', 'scores'], 'labels'],
    [['x'], ['x'], undefined],
  ])('of %j: inputs %j, label %s', (columns, inputs, label) => {
    expect(trainingColumns(columns, 'the data')).toEqual({ inputs, label });
  });

  it.each([
    [['a', 'return_loss'], 'the data: the column name return_loss is reserved; rename the column'],
    [['a', 'a'], 'the data: two columns are named "a"'],
    [['label'], 'the data: there are only the label column label; expected one column of texts or more'],
    [[], 'the data: there are no columns; expected one column of texts or more'],
  ])('%j are refused', (columns, message) => {
    expect(() => trainingColumns(columns, 'the data')).toThrow(message);
  });

  it.each([
    [['positive', 'anchor'], ['column "anchor" is number 2; usually it is number 1']],
    [['answer', 'question'], ['column "question" is number 2']],
    [['label', 'query', 'response'], ['column "query" is number 2']],
    [['anchor', 'positive', 'negative'], []],
    [['text', 'query_id', 'doc_ids', 'row_idx'], ['query_id, doc_ids, row_idx look like columns of ids']],
    [['idea', 'valid'], []],
  ])('%j warn %j', (columns, expected) => {
    const told = warningsOf(() => trainingColumns(columns, 'the data'));
    expect(told).toEqual(expected.map((part) => expect.stringContaining(part) as string));
  });
});

describe('labels', () => {
  const labelsOf = (...labels: readonly unknown[]) => {
    const batch = batchOf(labels.map((label) => ({ text: 'a', label })));
    return { values: [...(batch.labels?.values ?? [])], shape: batch.labels?.shape };
  };

  it.each([
    [[1, 2], { values: [1, 2], shape: [2] }],
    [[0.5, 1], { values: [0.5, 1], shape: [2] }],
    [[true, false], { values: [1, 0], shape: [2] }],
    [[[1, 2, 3]], { values: [1, 2, 3], shape: [1, 3] }],
    [[Float64Array.of(1, 2), [3, 4]], { values: [1, 2, 3, 4], shape: [2, 2] }],
    [
      [
        [
          [1, 2],
          [3, 4],
        ],
      ],
      { values: [1, 2, 3, 4], shape: [1, 2, 2] },
    ],
  ])('%j', (labels, expected) => {
    expect(labelsOf(...labels)).toEqual(expected);
  });

  it('that are bigints, as some Parquet files have them', () => {
    expect(labelsOf(3n)).toEqual({ values: [3], shape: [1] });
  });

  it.each([
    [['good'], 'row 0: column "label" is "good"; expected a number, true or false'],
    [[1, null], 'row 1: column "label" is null; expected a number'],
    [[1, [1]], 'row 1: column "label" is a list of 1; expected one number, as in the rows before'],
    [[[1, 2], [1]], 'row 1: column "label" is a list of 1; expected a list of 2, as in the rows before'],
    [[[[1, 2], [1]]], 'row 0: column "label"[1] is a list of 1; expected a list of 2, as the first is'],
    [[[1, 'x']], 'row 0: column "label"[1] is "x"; expected a number'],
    [[[]], 'row 0: column "label" is an empty list'],
    [[[[[1]]]], 'row 0: column "label" is a list of lists of lists'],
  ])('%j are refused', (labels, message) => {
    expect(() => labelsOf(...labels)).toThrow(message);
  });
});

describe('texts', () => {
  it('are given by column', () => {
    expect(
      batchOf([
        { a: 'x', b: 'y', score: 1 },
        { a: 'z', b: 'w', score: 0 },
      ]).texts,
    ).toEqual([
      ['x', 'z'],
      ['y', 'w'],
    ]);
  });

  it.each([
    [{ a: 5 }, 'row 0: column "a" is 5; expected a text'],
    [{ a: 'x', score: 1, scores: 2 }, 'row 0: column "scores" is 2; expected a text (of several columns'],
  ])('%j has something else', (row, message) => {
    expect(() => batchOf([row])).toThrow(message);
  });

  it('are all there', () => {
    expect(() => batchOf([{ a: 'x', b: 'y' }, { a: 'z' }])).toThrow('row 1: column "b" is missing');
  });
});

describe('prompts', () => {
  const row = { question: 'x', answer: 'y' };
  const promptsOf = (prompts: unknown, dataset?: string) =>
    batchOf([row], { prompts, ...(dataset !== undefined && { dataset }) }).prompts;

  it.each([
    ['for: ', undefined, ['for: ', 'for: ']],
    [{ question: 'q: ' }, undefined, ['q: ', undefined]],
    [{ qa: 'both: ' }, 'qa', ['both: ', 'both: ']],
    [{ qa: { answer: 'a: ' } }, 'qa', [undefined, 'a: ']],
    [{ other: { answer: 'a: ' } }, 'qa', [undefined, undefined]],
    [{ other: 'o: ', question: 'q: ' }, 'qa', ['q: ', undefined]],
    [{}, undefined, [undefined, undefined]],
    [{ toString: 'x' }, undefined, [undefined, undefined]],
  ])('%j for the data set %s', (prompts, dataset, expected) => {
    expect(promptsOf(prompts, dataset)).toEqual(expected);
  });

  it('by data set need a data set with a name', () => {
    expect(() => promptsOf({ qa: { answer: 'a: ' } })).toThrow('prompts are given by data set (qa)');
  });
});

describe('tasks', () => {
  const row = { question: 'x', answer: 'y' };

  it.each([
    [{ question: 'query', answer: 'document' }, undefined, ['query', 'document']],
    [{ qa: { question: 'query' } }, 'qa', ['query', undefined]],
    [{ other: { question: 'query' } }, 'qa', [undefined, undefined]],
    [{ qa: { question: 'query' } }, undefined, [undefined, undefined]],
  ])('%j of the data set %s', (routerMapping, dataset, expected) => {
    const settings = { routerMapping, ...(dataset !== undefined && { dataset }) };
    expect(batchOf([row], settings).tasks).toEqual(expected);
  });
});
