import { appendFileSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../dataset.js';
import { readDataset } from './read-dataset.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Makes a file with this content. Error messages show only its name instead of its path. */
function fileOf(name: string, content: string | Uint8Array): string {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
}

/** Removes lone surrogates, which a UTF-8 file cannot hold. */
const wellFormed = (text: string): string => Buffer.from(text).toString();

async function withDataset<T>(path: string, use: (dataset: Dataset) => Promise<T>, options = {}): Promise<T> {
  const dataset = await readDataset(path, options);
  try {
    return await use(dataset);
  } finally {
    await dataset.close?.();
  }
}

const allRows = (path: string, options = {}) =>
  withDataset(
    path,
    async (dataset) => dataset.rows(Array.from({ length: dataset.length }, (_, index) => index)),
    options,
  );

const problemOf = async (name: string, content: string | Uint8Array): Promise<string> => {
  const error = await allRows(fileOf(name, content)).catch((reason: unknown) => reason);
  return String(error).replaceAll(`${folder}/`, '');
};

describe('a file is read', () => {
  it.each([
    [
      'a.jsonl',
      '{"a":"x","score":1}\n{"a":"y","score":0.5}\n',
      [
        { a: 'x', score: 1 },
        { a: 'y', score: 0.5 },
      ],
    ],
    ['b.ndjson', '{"a":"x"}\n\n  \n{"a":"y"}', [{ a: 'x' }, { a: 'y' }]],
    ['c.jsonl', '\uFEFF{"a":"x"}\r\n{"a":"y\u2028z"}\r\n', [{ a: 'x' }, { a: 'y\u2028z' }]],
    ['d.json', '[{"a":"x"},\n {"a":"y"}]', [{ a: 'x' }, { a: 'y' }]],
    [
      'e.csv',
      'a,score\nx,1\ny,0.5\n',
      [
        { a: 'x', score: 1 },
        { a: 'y', score: 0.5 },
      ],
    ],
    [
      'f.csv',
      'a,label\n"one, two\nthree ""four""",True\ny,false',
      [
        { a: 'one, two\nthree "four"', label: true },
        { a: 'y', label: false },
      ],
    ],
    [
      'g.csv',
      '\n a , scores\r\n 5 ,"[1, 2.5]"\r\n\r\n7,high\r\n',
      [
        { a: ' 5 ', scores: [1, 2.5] },
        { a: '7', scores: 'high' },
      ],
    ],
    ['h.tsv', 'a\tb\n"x\t5" wide\n', [{ a: '"x', b: '5" wide' }]],
  ])('%s', async (name, content, rows) => {
    expect(await allRows(fileOf(name, content))).toEqual(rows);
  });

  it('in any order, and knows the line of each row', async () => {
    const path = fileOf('order.csv', 'a\n"1\n1"\n\n2\n3\n');
    await withDataset(path, async (dataset) => {
      expect(await dataset.rows([2, 0, 2, 1])).toEqual([{ a: '3' }, { a: '1\n1' }, { a: '3' }, { a: '2' }]);
      expect([0, 1, 2].map((index) => dataset.placeOf?.(index))).toEqual([
        `${path}:2`,
        `${path}:5`,
        `${path}:6`,
      ]);
    });
  });

  it('with some columns, in the order asked for', async () => {
    const path = fileOf('some.jsonl', '{"a":"x","b":"y","c":"z"}\n');
    expect(await allRows(path, { columns: ['c', 'a'] })).toEqual([{ c: 'z', a: 'x' }]);
    await expect(readDataset(path, { columns: ['A'] })).rejects.toThrow(
      'has no column "A"; did you mean "a"?',
    );
    await expect(readDataset(path, { colums: ['a'] } as never)).rejects.toThrow('did you mean "columns"?');
  });

  it('with any rows and line ends', () =>
    fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ a: fc.string({ unit: 'binary' }), b: fc.string() }), { minLength: 1 }),
        fc.constantFrom('\n', '\r\n'),
        fc.array(fc.nat(), { maxLength: 20 }),
        async (rows, end, picked) => {
          const indices = picked.map((index) => index % rows.length);
          const whole = rows.map(({ a, b }) => ({ a: wellFormed(a), b: wellFormed(b) }));
          const quoted = (text: string): string => `"${text.replaceAll('"', '""')}"`;
          const files = {
            'any.jsonl': whole.map((row) => JSON.stringify(row)).join(end),
            'any.csv': ['a,b', ...whole.map(({ a, b }) => `${quoted(a)},${quoted(b)}`)].join(end) + end,
          };
          for (const [name, content] of Object.entries(files)) {
            const read = await withDataset(fileOf(name, content), async (dataset) => dataset.rows(indices));
            expect(read).toEqual(indices.map((index) => whole[index]));
          }
        },
      ),
      { numRuns: 60 },
    ));

  it('with lines that are longer than one read', async () => {
    const long = 'x'.repeat(3 * 2 ** 20);
    const path = fileOf('long.jsonl', `{"a":"1"}\n{"a":"${long}"}\n{"a":"3"}\n`);
    expect(await withDataset(path, async (dataset) => dataset.rows([2, 1]))).toEqual([
      { a: '3' },
      { a: long },
    ]);
  });
});

describe('a file is refused', () => {
  it.each([
    ['a.jsonl', '', 'a.jsonl has no rows; expected at least one'],
    ['a.jsonl', '\n \n', 'a.jsonl has no rows; expected at least one'],
    ['a.jsonl', '{"a":"x"}\n{"a":"y', 'a.jsonl:2:6: not valid JSON'],
    ['a.jsonl', '{"a":"x"}\n[1]\n', 'a.jsonl:2: the row is [1]; expected an object of values by column'],
    ['a.jsonl', '{"a":1e999}', 'a.jsonl:1:6: the number "1e999" is too large'],
    ['a.jsonl', Buffer.of(0x7b, 0xff, 0x7d), 'a.jsonl:1: the line is not valid UTF-8'],
    ['a.json', '[]', 'a.json has no rows; expected at least one'],
    ['a.json', '{"a":"x"}', 'a.json: expected an array of objects'],
    ['a.json', '[{"a":"x"}, 5]', 'a.json[1]: the row is 5; expected an object'],
    ['a.json', '[{"a":"x"},\n{"a"', 'a.json:2:5: not valid JSON'],
    ['a.csv', '', 'a.csv is empty; expected a header and rows'],
    ['a.csv', 'a,b\n', 'a.csv has a header and no rows'],
    ['a.csv', 'a,,b\n1,2,3', 'a.csv:1: column 2 of the header has no name'],
    ['a.csv', 'a,b\n1,2\n1', 'a.csv:3: a row of 1 cell; expected 2, as the header has'],
    [
      'a.csv',
      'a\nx\n"y\nz',
      'a.csv:3: a quote begins in this row and does not end; the file may have been cut off',
    ],
    ['a.csv', 'a\n"x"y\n', 'a.csv:2: "y" follows a quote; expected ","'],
    ['a.parquet', '', 'a.parquet is empty; expected a Parquet file'],
    ['a.parquet', 'PAR1 no', 'a.parquet is not a Parquet file that can be read'],
    [
      'a.txt',
      'a\n',
      'a.txt: the name ends in "txt"; expected jsonl, json, csv, tsv, parquet, or give the format',
    ],
  ])('%s of %j', async (name, content, problem) => {
    expect(await problemOf(name, content)).toContain(problem);
  });

  it('if it does not exist or is a folder', async () => {
    await expect(readDataset(join(folder, 'none.jsonl'))).rejects.toThrow('there is no file');
    await expect(readDataset(folder, { format: 'csv' })).rejects.toThrow('is a folder');
  });

  it('if it was changed while it was open', async () => {
    const path = fileOf('changed.jsonl', '{"a":"x"}\n');
    await withDataset(path, async (dataset) => {
      appendFileSync(path, '{"a":"y"}\n');
      await expect(dataset.rows([0])).rejects.toThrow('was changed while it was read');
    });
  });

  it('for a row that does not exist', async () => {
    const path = fileOf('short.jsonl', '{"a":"x"}\n');
    await withDataset(path, (dataset) =>
      expect(dataset.rows([1])).rejects.toThrow('has no record 1; expected'),
    );
  });
});
