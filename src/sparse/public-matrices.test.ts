import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { sparseToTensor } from '../api/engine.js';
import { sparseStaticEmbedding } from '../api/modules.js';
import {
  checkSparseMatrix,
  concatenateRows,
  decode,
  documentFrequencies,
  explainScore,
  keepRatio,
  keepMaxActiveDims,
  normalizeRows,
  PAYLOAD_FORMATS,
  type PayloadFormatName,
  payloadLines,
  rowOf,
  selectRows,
  sliceRows,
  SparseIndex,
  type SparseMatrix,
  sparsePairwiseSimilarity,
  sparseSimilarity,
  sparseToDense,
  tokenWeights,
  transposeSparse,
} from '../api/sparse.js';
import { InputError, SparseEncoder } from '../index.js';
import { packageRoot } from '../package-root.js';
import { exportedBy, packageEntries } from '../testing/package-entries.js';
import { wordTokenizer } from '../testing/tokenizers/word-tokenizer.js';

const tokenizer = wordTokenizer(['[PAD]', 'a', 'b', 'c', 'd']);
const good: SparseMatrix = {
  rows: 1,
  columns: 5,
  indptr: Uint32Array.of(0, 3),
  indices: Uint32Array.of(0, 1, 4),
  values: Float32Array.of(0.5, 1, 2),
};
let model: SparseEncoder;
beforeAll(() => {
  model = SparseEncoder.fromModules([sparseStaticEmbedding({ tokenizer })]);
});
afterAll(() => model.dispose());

/** Faults that a matrix from outside may have. */
const FAULTS: Readonly<Record<string, unknown>> = {
  'NaN as a value': { ...good, values: Float32Array.of(0.5, Number.NaN, 2) },
  'an infinite value': { ...good, values: Float32Array.of(0.5, 1, Infinity) },
  'a value 0': { ...good, values: Float32Array.of(0, 1, 2) },
  'an index out of range': { ...good, indices: Uint32Array.of(0, 1, 5) },
  'an index twice': { ...good, indices: Uint32Array.of(0, 1, 1) },
  'descending indices': { ...good, indices: Uint32Array.of(1, 0, 4) },
  'an indptr that is too short': { ...good, indptr: Uint32Array.of(0) },
  'an indptr that does not begin with 0': { ...good, indptr: Uint32Array.of(1, 3) },
  'an indptr that ends before the indices': { ...good, indptr: Uint32Array.of(0, 2) },
  'an indptr that ends after the indices': { ...good, indptr: Uint32Array.of(0, 4) },
  'more values than indices': { ...good, values: Float32Array.of(0.5, 1, 2, 3) },
  'arrays out of JSON': { ...good, indices: [0, 1, 4], values: [0.5, 1, 2], indptr: [0, 3] },
  'indices of another kind': { ...good, indices: Int32Array.of(0, 1, 4) },
  'a number of rows that is not whole': { ...good, rows: 1.5 },
  'a dense array': Float32Array.of(1, 2),
  nothing: undefined,
};

/** Every public function that takes a matrix, in each position where it takes one. */
const FUNCTIONS: Readonly<Record<string, readonly ((matrix: SparseMatrix) => unknown)[]>> = {
  checkSparseMatrix: [checkSparseMatrix],
  concatenateRows: [(matrix) => concatenateRows([matrix, good]), (matrix) => concatenateRows([good, matrix])],
  decode: [(matrix) => decode(matrix, tokenizer)],
  explainScore: [
    (matrix) => explainScore(matrix, good, tokenizer),
    (matrix) => explainScore(good, matrix, tokenizer),
  ],
  documentFrequencies: [documentFrequencies],
  keepRatio: [(matrix) => keepRatio(matrix, 0.5)],
  keepMaxActiveDims: [(matrix) => keepMaxActiveDims(matrix, 2)],
  normalizeRows: [normalizeRows],
  payloadLines: (Object.keys(PAYLOAD_FORMATS) as PayloadFormatName[]).map(
    (format) => (matrix) => payloadLines(format, matrix, { tokenizer }),
  ),
  rowOf: [(matrix) => rowOf(matrix, 0)],
  selectRows: [(matrix) => selectRows(matrix, [0])],
  sliceRows: [(matrix) => sliceRows(matrix, 0), (matrix) => sliceRows(matrix, 0, 1)],
  sparsePairwiseSimilarity: [
    (matrix) => sparsePairwiseSimilarity('dot', matrix, good),
    (matrix) => sparsePairwiseSimilarity('manhattan', good, matrix),
  ],
  sparseSimilarity: [
    (matrix) => sparseSimilarity('cosine', matrix, good),
    (matrix) => sparseSimilarity('euclidean', good, matrix),
  ],
  sparseToDense: [sparseToDense],
  sparseToTensor: [(matrix) => sparseToTensor(matrix).dispose()],
  tokenWeights: [(matrix) => tokenWeights(matrix, 0, tokenizer)],
  transposeSparse: [transposeSparse],
  'SparseEncoder.decode': [(matrix) => model.decode(matrix)],
  'SparseEncoder.intersection': [
    (matrix) => SparseEncoder.intersection(matrix, good),
    (matrix) => SparseEncoder.intersection(good, matrix),
  ],
  'SparseEncoder.similarity': [
    (matrix) => model.similarity(matrix, good),
    (matrix) => model.similarity(good, matrix),
  ],
  'SparseEncoder.similarityPairwise': [
    (matrix) => model.similarityPairwise(matrix, good),
    (matrix) => model.similarityPairwise(good, matrix),
  ],
  'SparseEncoder.sparsity': [SparseEncoder.sparsity],
  'SparseIndex.fromMatrix': [(matrix) => SparseIndex.fromMatrix(matrix)],
  'SparseIndex.fromStream': [(matrix) => SparseIndex.fromStream([matrix], 5)],
  'SparseIndex.search': [(matrix) => SparseIndex.fromMatrix(good).search(matrix, 1)],
};

const calls = Object.entries(FUNCTIONS).flatMap(([name, places]) =>
  places.map((call, place) => [`${name}, place ${place}`, call] as const),
);

describe.each(calls)('%s', (_, call) => {
  it('takes a good matrix', async () => {
    expect(await (async () => call(good))()).not.toBeInstanceOf(Error);
  });

  it.each(Object.entries(FAULTS))('refuses %s', async (__, fault) => {
    await expect((async () => call(fault as SparseMatrix))()).rejects.toThrow(InputError);
  });
});

/** Names and files of the package's exports, except the harness. */
function exported(): readonly [name: string, file: string][] {
  const entries = [...packageEntries().values()].filter((entry) => entry.startsWith('src/'));
  return [...new Map(entries.flatMap(exportedBy))];
}

/** Names in a source whose parameter list contains a matrix. */
function takersIn(source: string, pattern: RegExp): string[] {
  return [...source.matchAll(pattern)].flatMap(({ 1: name = '', index, 0: begin }) => {
    let depth = 1;
    let end = index + begin.length;
    for (; depth > 0 && end < source.length; end++) {
      depth += Number(source[end] === '(') - Number(source[end] === ')');
    }
    return /\b(?:SparseMatrix|Comparable)\b/.test(source.slice(index + begin.length, end)) ? [name] : [];
  });
}

it('are all that the package exports', () => {
  const found = exported().flatMap(([name, file]) => {
    const source = readFileSync(join(packageRoot(), file), 'utf8');
    const isFunction = takersIn(source, /export (?:async )?function\*? (\w+)(?:<[^>]*>)?\(/g).includes(name);
    if (isFunction) return [name];
    const [body = ''] = new RegExp(`^export class ${name}\\b.*?^}`, 'ms').exec(source) ?? [];
    return takersIn(body, /^ {2}(?:static )?(?:async )?\*?(?!private)(\w+)\(/gm).map(
      (method) => `${name}.${method}`,
    );
  });
  // These are assigned, not declared.
  const statics = ['SparseEncoder.intersection', 'SparseEncoder.sparsity'];
  expect([...found, ...statics].toSorted()).toEqual(Object.keys(FUNCTIONS).toSorted());
});
