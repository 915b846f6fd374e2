import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openTrainingData } from '../training-data.js';
import { streamFile } from './stream-file.js';

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-test-'));
});
afterAll(() => rmSync(folder, { recursive: true }));

const fileOf = (name: string, content: string): string => {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
};

/** The texts of two epochs, and the skipped rows. */
async function read(path: string) {
  const data = await openTrainingData(streamFile(path), {
    onError: 'skip',
    shuffleBuffer: null,
    batchSize: 10,
  });
  const epochs = [];
  for (const epoch of [0, 1]) for await (const { texts } of data.batches(epoch)) epochs.push(texts);
  return { epochs, skipped: data.skipped.reasons.map((reason) => reason.replace(`${folder}/`, '')) };
}

describe('a file as a stream', () => {
  it.each([
    [
      'a.jsonl',
      '{"a":"x","b":"1"}\n\n[2]\n{"a":"y","b":"2"}\n{"a":"z',
      ['a.jsonl:3: the row is [2]', 'a.jsonl:5:6: not valid JSON'],
    ],
    [
      'a.csv',
      'a,b\nx,1\n\nonly\n"y",2\n"z"z,3\n',
      ['a.csv:4: a row of 1 cell', 'a.csv:6: "z,3" follows a quote'],
    ],
    ['a.tsv', 'a\tb\nx\t1\ny\t2\t3\ny\t2\n', ['a.tsv:3: a row of 3 cells']],
  ])('%s', async (name, content, skipped) => {
    const texts = [
      ['x', 'y'],
      ['1', '2'],
    ];
    const result = await read(fileOf(name, content));
    expect(result.epochs).toEqual([texts, texts]);
    expect(result.skipped).toEqual(skipped.map((reason) => expect.stringContaining(reason) as string));
  });

  it('must exist, and must have a format that is read row by row', async () => {
    expect(() => streamFile('a.parquet')).toThrow('parquet is not read row by row; expected jsonl, csv, tsv');
    await expect(openTrainingData(streamFile(join(folder, 'none.csv')))).rejects.toThrow('there is no file');
  });
});
