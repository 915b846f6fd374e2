import { readdirSync } from 'node:fs';
import { expect, it } from 'vitest';
import { arrayDataset, type Row } from '../datasets/dataset.js';
import type { EncodeOptions } from '../encoder/encode-options.js';
import { sparseFromRows } from '../sparse/from-rows.js';
import { documentScores } from '../sparse/search/document-scores.js';
import { SparseIndex } from '../sparse/search/sparse-index.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { scoresFrom } from './cross-scores.js';
import { mineHardNegatives } from './mine-hard-negatives.js';
import type { MiningModel } from './mining.js';
import type { MiningOptions } from './options.js';

/** A text is its embedding: 'a2b' has 2 in the dimension of a and 1 in that of b. */
function countingModel(similarityFnName: MiningModel['similarityFnName'] = 'dot'): {
  model: MiningModel;
  encoded: string[];
  options: { readonly query: EncodeOptions[]; readonly document: EncodeOptions[] };
} {
  const encoded: string[] = [];
  const options = { query: [] as EncodeOptions[], document: [] as EncodeOptions[] };
  const encode = (texts: readonly string[]) => {
    encoded.push(...texts);
    return Promise.resolve(
      sparseFromRows(
        texts.map((text) =>
          Array.from(text.matchAll(/([a-e])(\d*)/g), ([, letter = '', weight]) => [
            letter.charCodeAt(0) - 97,
            weight === '' ? 1 : Number(weight),
          ]),
        ),
        5,
      ),
    );
  };
  const by =
    (side: keyof typeof options): MiningModel['encodeQuery'] =>
    (texts, given = {}) => {
      options[side].push(given);
      return encode(texts);
    };
  const model = { encodeQuery: by('query'), encodeDocument: by('document'), similarityFnName };
  return { model, encoded, options };
}

const PAIRS = arrayDataset([
  { query: 'a', answer: 'a2b' },
  { query: 'b', answer: 'b3' },
  { query: 'a', answer: 'ac' },
  { query: 'a', answer: 'a2b' },
]);

async function mined(options: MiningOptions, model = countingModel().model): Promise<Row[]> {
  const rows: Row[] = [];
  for await (const row of mineHardNegatives(PAIRS, model, options)) rows.push(row);
  return rows;
}

it('pairs each positive of a query with each of its negatives, and reports what it found', async () => {
  const mining = mineHardNegatives(PAIRS, countingModel().model, {
    corpus: ['a5', 'd', 'a5'],
    numNegatives: 2,
  });
  const rows: Row[] = [];
  let next = await mining.next();
  for (; next.done !== true; next = await mining.next()) rows.push(next.value);
  expect(rows).toEqual([
    { query: 'a', answer: 'a2b', negative: 'a5' },
    { query: 'a', answer: 'a2b', negative: 'd' },
    { query: 'a', answer: 'ac', negative: 'a5' },
    { query: 'a', answer: 'ac', negative: 'd' },
    { query: 'b', answer: 'b3', negative: 'a2b' },
    { query: 'b', answer: 'b3', negative: 'a5' },
  ]);
  expect(next.value).toEqual({
    queries: 2,
    rows: 6,
    positives: 3,
    negatives: 4,
    meanPositiveScore: 2,
    meanNegativeScore: 1.5,
    removed: { absoluteMargin: 0, relativeMargin: 0, maxScore: 0, minScore: 0 },
    unscored: 0,
    short: 0,
  });
});

it('encodes each text once, and with a cache folder the corpus once for several calls', async () => {
  const cacheFolder = temporaryFolder();
  const first = countingModel();
  const rows = await mined({ cacheFolder, numNegatives: 1 }, first.model);
  // The first document once more, for the name of the file.
  expect(first.encoded).toEqual(['a2b', 'a2b', 'b3', 'ac', 'a', 'b']);
  expect(readdirSync(cacheFolder)).toHaveLength(1);
  const second = countingModel();
  expect(await mined({ cacheFolder, numNegatives: 1 }, second.model)).toEqual(rows);
  expect(second.encoded).toEqual(['a2b', 'a', 'b']);
  const third = countingModel();
  await mined({ cacheFolder, numNegatives: 1, corpusPrompt: 'e' }, third.model);
  expect(third.encoded).toHaveLength(6);
});

it('takes scores of a column, and leaves out candidates without one', async () => {
  const scored = arrayDataset([
    { anchor: 'a', positive: 'a2b', score: 3 },
    { anchor: 'a', positive: 'ac', score: 2 },
    { anchor: 'a', positive: 'd', score: -1 },
    { anchor: 'b', positive: 'b3', score: 1 },
  ]);
  const options = {
    corpus: ['a5', 'd'],
    crossEncoder: await scoresFrom(scored),
    outputScores: true,
  } as const;
  expect(await mined({ ...options, outputFormat: 'labeled-list' })).toEqual([
    { query: 'a', answer: ['a2b', 'd'], scores: [3, -1] },
    { query: 'a', answer: ['ac', 'd'], scores: [2, -1] },
  ]);
  const incomplete = await scoresFrom(arrayDataset([{ anchor: 'a', positive: 'a2b', score: 3 }]));
  await expect(mined({ crossEncoder: incomplete })).rejects.toThrow(
    'there is no score of the query "a" and its positive "ac"',
  );
  await expect(scoresFrom(arrayDataset([{ anchor: 'a', positive: 'b', score: '3' }]))).rejects.toThrow(
    'row 0: score is "3"; expected a finite number',
  );
});

it('refuses what it cannot mine', async () => {
  const { model } = countingModel('euclidean');
  await expect(mined({}, model)).rejects.toThrow('the model compares by euclidean');
  expect(await mined({ similarityFnName: 'cosine' }, model)).not.toEqual([]);
  expect(() => mineHardNegatives(PAIRS, model, { numNegatives: 0 })).toThrow('numNegatives is 0');
  expect(() => mineHardNegatives({} as never, model)).toThrow(
    'dataset is an object (Object); expected a data set',
  );
  const bad = arrayDataset([{ query: 'a', answer: 'b' }, { query: 'a' }]);
  await expect(mineHardNegatives(bad, countingModel().model).next()).rejects.toThrow(
    'row 1: answer is undefined; expected a text',
  );
  const single = arrayDataset([{ query: 'a' }]);
  await expect(mineHardNegatives(single, countingModel().model).next()).rejects.toThrow(
    'the data set has the columns query; expected one of queries and another of positives',
  );
});

it('encodes queries and documents with their prompts, and with the options of all', async () => {
  const { model, options } = countingModel();
  const prompts = { queryPrompt: 'q: ', queryPromptName: 'ignored', corpusPromptName: 'passage' };
  await mined({ ...prompts, batchSize: 7, maxActiveDims: 3, similarityFnName: 'cosine' }, model);
  const all = { batchSize: 7, maxActiveDims: 3, normalize: true };
  expect(options.query).toEqual([{ ...all, prompt: 'q: ' }]);
  for (const given of options.document) expect(given).toMatchObject({ ...all, promptName: 'passage' });
  await mined({}, model);
  expect(options.query.at(-1)).toEqual({ batchSize: 32, normalize: false });
});

it('ends with the reason of its signal', async () => {
  const signal = AbortSignal.abort(new Error('enough'));
  await expect(mined({ signal })).rejects.toThrow('enough');
});

it('documentScores are the scores of a search', () => {
  const weights = Array.from({ length: 30 }, (_, row) =>
    Array.from(
      { length: 4 },
      (__, place) => [(row + 3 * place * place) % 11, 0.1 * (row + 1) + place] as const,
    )
      .toSorted(([a], [b]) => a - b)
      .filter(([dimension], place, all) => dimension !== all[place - 1]?.[0]),
  );
  const documents = sparseFromRows(weights, 11);
  const index = SparseIndex.fromMatrix(documents);
  for (const [row, hits] of index.search(documents, 30).entries()) {
    expect(documentScores(index, documents, row, [...hits.documents])).toEqual([...hits.scores]);
  }
});
