import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { InputError } from '../errors.js';
import { Certificate } from '../export/certificate.js';
import { exported } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';
import { readRetrieval } from './read-retrieval.js';

const TASK = {
  'queries.jsonl': ['{"id": "q1", "text": "a tree"}', '{"id": 7, "text": "water"}'],
  'corpus.jsonl': ['{"id": "d1", "text": "a tall plant"}', '{"id": "d2", "text": "what runs in a river"}'],
  'qrels.jsonl': [
    '{"query_id": "q1", "corpus_id": "d1"}',
    '',
    '{"query_id": "7", "corpus_id": "d2"}',
    '{"query_id": 7, "corpus_id": "d1"}',
  ],
};

function taskFolder(changes: Partial<typeof TASK> = {}): string {
  const folder = join(temporaryFolder(), 'task');
  mkdirSync(folder);
  for (const [name, lines] of Object.entries({ ...TASK, ...changes })) {
    writeFileSync(join(folder, name), lines.map((line) => `${line}\n`).join(''));
  }
  return folder;
}

describe('readRetrieval', () => {
  it('has texts, and the places of the documents that are relevant', async () => {
    expect(await readRetrieval(taskFolder())).toEqual({
      queries: ['a tree', 'water'],
      documents: ['a tall plant', 'what runs in a river'],
      relevant: [new Set([0]), new Set([0, 1])],
      queryIds: ['q1', '7'],
      documentIds: ['d1', 'd2'],
      grades: [
        new Map([[0, 1]]),
        new Map([
          [1, 1],
          [0, 1],
        ]),
      ],
    });
  });

  it.each([
    [{ 'queries.jsonl': [] }, 'queries.jsonl has no texts; expected at least one'],
    [
      { 'corpus.jsonl': ['{"id": 1, "text": "a"}', '{"id": "1", "text": "b"}'] },
      'corpus.jsonl:2: the id "1" occurs twice; expected each once',
    ],
    [{ 'qrels.jsonl': ['', ''] }, 'qrels.jsonl has no lines; expected {"query_id", "corpus_id"} in each'],
    [{ 'qrels.jsonl': ['{"query_id"'] }, 'qrels.jsonl:1:12: not valid JSON'],
    [{ 'qrels.jsonl': ['{"query_id": "q1"}'] }, 'qrels.jsonl:1: expected {"query_id", "corpus_id"}'],
    [{ 'qrels.jsonl': ['{"query_id": "q2", "corpus_id": "d1"}'] }, 'queries.jsonl has no query "q2"'],
    [{ 'qrels.jsonl': ['{"query_id": "q1", "corpus_id": "d3"}'] }, 'corpus.jsonl has no document "d3"'],
    [
      { 'qrels.jsonl': ['{"query_id": "q1", "corpus_id": "d1", "score": -1}'] },
      'qrels.jsonl:1: the score is -1; expected a whole number of at least 0',
    ],
    [
      {
        'qrels.jsonl': [
          '{"query_id": "q1", "corpus_id": "d1", "score": 2}',
          '{"query_id": "q1", "corpus_id": "d1", "score": 1}',
        ],
      },
      'qrels.jsonl:2: document "d1" has grade 1 for query "q1", and 2 before',
    ],
    [
      { 'qrels.jsonl': ['{"query_id": "q1", "corpus_id": "d1", "score": 0}'] },
      'qrels.jsonl has no score above 0; expected a relevant document at least',
    ],
    [
      { 'corpus.jsonl': ['{"id": "d1", "text": "a"}', '{"id": "d2", "text": }'] },
      'corpus.jsonl:2:22: not valid JSON',
    ],
  ])('refuses %j', async (changes, told) => {
    const error = await readRetrieval(taskFolder(changes)).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(InputError);
    expect((error as Error).message).toContain(told);
  });

  it('tells ids beyond 2^53 apart, and takes those of BEIR, with titles', async () => {
    const folder = taskFolder({
      'queries.jsonl': ['{"_id": 2637283987631399372, "text": "a tree"}'],
      'corpus.jsonl': [
        '{"_id": 2637283987631399373, "title": "Trees", "text": "are tall"}',
        '{"_id": 2637283987631399374, "title": "", "text": "what runs in a river"}',
      ],
      'qrels.jsonl': ['{"query_id": "2637283987631399372", "corpus_id": 2637283987631399374}'],
    });
    expect(await readRetrieval(folder)).toMatchObject({
      queries: ['a tree'],
      documents: ['Trees are tall', 'what runs in a river'],
      relevant: [new Set([1])],
    });
  });

  it('names the file that is not there', async () => {
    const folder = taskFolder();
    rmSync(join(folder, 'qrels.jsonl'));
    await expect(readRetrieval(folder)).rejects.toThrow(
      `there is no file ${join(folder, 'qrels.jsonl')} and no folder ${join(folder, 'qrels')}`,
    );
  });

  describe('in the layout of BEIR', () => {
    const HEADER = 'query-id\tcorpus-id\tscore';
    function beirFolder(splits: Readonly<Record<string, readonly string[]>>): string {
      const folder = taskFolder();
      rmSync(join(folder, 'qrels.jsonl'));
      mkdirSync(join(folder, 'qrels'));
      for (const [name, lines] of Object.entries(splits)) {
        writeFileSync(join(folder, 'qrels', `${name}.tsv`), lines.map((line) => `${line}\r\n`).join(''));
      }
      return folder;
    }

    it('keeps grades, and takes the split test, the only one, or the named one', async () => {
      const test = [HEADER, 'q1\td1\t2', 'q1\td2\t0', '7\td2\t1', 'q1\td1\t2'];
      const folder = beirFolder({ test, train: [HEADER, '7\td1\t1'] });
      const task = await readRetrieval(folder);
      expect(task.relevant).toEqual([new Set([0]), new Set([1])]);
      expect(task.grades[0]).toEqual(
        new Map([
          [0, 2],
          [1, 0],
        ]),
      );
      expect((await readRetrieval(folder, 'train')).relevant).toEqual([new Set(), new Set([0])]);
      expect((await readRetrieval(beirFolder({ dev: test }))).relevant).toEqual(task.relevant);
    });

    it.each([
      [{ dev: [HEADER], train: [HEADER] }, undefined, 'has dev.tsv, train.tsv; expected test.tsv'],
      [{ dev: [HEADER] }, 'test', 'has dev.tsv; expected test.tsv'],
      [{}, undefined, 'has no .tsv file; expected test.tsv'],
      [
        { test: ['q1\td1\t2'] },
        undefined,
        'test.tsv:1: the header is "q1", "d1", "2"; expected query-id, corpus-id, score',
      ],
      [
        { test: [HEADER, 'q1\td1\t-2'] },
        undefined,
        'test.tsv:2: the score is "-2"; expected a whole number of at least 0',
      ],
      [{ test: [HEADER, 'q1\td1\t'] }, undefined, 'test.tsv:2: the score is ""'],
      [{ test: [HEADER, 'q1\td1'] }, undefined, 'test.tsv:2: a row of 2 cells; expected 3'],
      [{ test: [HEADER, 'q1\td9\t1'] }, undefined, 'corpus.jsonl has no document "d9"'],
      [{ test: [HEADER] }, undefined, 'test.tsv has no lines'],
    ])('refuses %j', async (splits, split, told) => {
      const reading = readRetrieval(beirFolder(splits), split);
      await expect(reading).rejects.toThrow(InputError);
      await expect(reading).rejects.toThrow(told);
    });

    it('refuses both kinds of judgements, and a split of qrels.jsonl', async () => {
      const folder = taskFolder();
      await expect(readRetrieval(folder, 'dev')).rejects.toThrow('with a split "dev"');
      mkdirSync(join(folder, 'qrels'));
      await expect(readRetrieval(folder)).rejects.toThrow('name a split, or remove one of them');
    });
  });
});

it('sparse-encoder verify --retrieval also tells how the files rank, and how fast', async () => {
  const { folder } = await exported('splade-bert', { format: 'dense' });
  const verify = ['verify', folder, '--reference', modelFixture('splade-bert'), '--retrieval', taskFolder()];
  const { code, stdout } = await runHere(verify);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /\nnDCG@10 (\d\.\d{4}) \(the encoder's \1\), overlap of the top 10 1\.0000, 2 queries,\n2 documents\n\d+ texts? a second/,
  );
  const json = await runHere([...verify, '--json']);
  expect(Certificate.parse(JSON.parse(json.stdout)).ranking).toMatchObject({ queries: 2, overlapAt10: 1 });
});
