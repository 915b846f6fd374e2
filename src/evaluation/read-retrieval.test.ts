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
    });
  });

  it.each([
    [{ 'queries.jsonl': [] }, 'queries.jsonl has no texts; expected at least one'],
    [
      { 'corpus.jsonl': ['{"id": 1, "text": "a"}', '{"id": "1", "text": "b"}'] },
      'corpus.jsonl has the id "1" twice; expected each once',
    ],
    [{ 'qrels.jsonl': ['', ''] }, 'qrels.jsonl has no lines; expected {"query_id", "corpus_id"} in each'],
    [{ 'qrels.jsonl': ['{"query_id"'] }, 'qrels.jsonl:1:12: not valid JSON'],
    [{ 'qrels.jsonl': ['{"query_id": "q1"}'] }, 'qrels.jsonl:1: expected {"query_id", "corpus_id"}'],
    [{ 'qrels.jsonl': ['{"query_id": "q2", "corpus_id": "d1"}'] }, 'queries.jsonl has no query "q2"'],
    [{ 'qrels.jsonl': ['{"query_id": "q1", "corpus_id": "d3"}'] }, 'corpus.jsonl has no document "d3"'],
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
    expect(await readRetrieval(folder)).toEqual({
      queries: ['a tree'],
      documents: ['Trees are tall', 'what runs in a river'],
      relevant: [new Set([1])],
    });
  });

  it('names the file that is not there', async () => {
    const folder = taskFolder();
    rmSync(join(folder, 'qrels.jsonl'));
    await expect(readRetrieval(folder)).rejects.toThrow(`there is no file ${join(folder, 'qrels.jsonl')}`);
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
