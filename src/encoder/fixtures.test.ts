import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { rowOf } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { setWarningHandler } from '../warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));

/** Folders whose last module gets random weights at each loading have no embeddings to compare. */
const NAMES = [
  'splade-bert',
  'splade-distilbert',
  'splade-mpnet',
  'splade-roberta',
  'splade-xlm-roberta',
  'splade-modernbert',
  'splade-electra',
  'splade-albert',
  'splade-deberta-v2',
  'splade-gte',
  'splade-new',
  'splade-sum',
  'splade-settings',
  'splade-float16',
  'splade-bfloat16-sharded',
  'splade-old-spelling',
  'csr',
  'csr-deep',
  'csr-old-spelling',
  'inference-free',
  'inference-free-idf',
  'inference-free-in-root',
  'masked-language-checkpoint',
] as const;

/** The models that together run every module and architecture. The others differ only in their files. */
const COMPUTATIONS: ReadonlySet<(typeof NAMES)[number]> = new Set([
  'splade-bert',
  'splade-distilbert',
  'splade-mpnet',
  'splade-roberta',
  'splade-modernbert',
  'splade-electra',
  'splade-albert',
  'splade-deberta-v2',
  'splade-gte',
  'splade-sum',
  'csr-deep',
  'inference-free',
]);

const METHODS = { encode: 'encode', encode_query: 'encodeQuery', encode_document: 'encodeDocument' } as const;
type Method = keyof typeof METHODS;

interface Row {
  readonly indices: readonly number[];
  readonly values: readonly number[];
}

/** The results of sentence-transformers for the texts. */
interface Expected {
  readonly texts: readonly string[];
  readonly pair_texts: readonly [string, string][];
  readonly settings: {
    readonly dimension: number;
    readonly max_seq_length: number;
    readonly similarity_fn_name: string;
    readonly max_active_dims: number | null;
  };
  readonly tokens: Partial<Record<Method, { readonly input_ids: readonly (readonly number[])[] }>>;
  readonly embeddings: Partial<Record<Method, readonly Row[]>>;
  readonly similarity: readonly (readonly number[])[];
  readonly pairs?: { readonly embeddings: readonly Row[] };
}

const expectedOf = (name: string): Expected =>
  JSON.parse(readFileSync(join(MODELS, name, 'expected.json'), 'utf8')) as Expected;

let restoreWarnings: ReturnType<typeof setWarningHandler>;
beforeAll(() => {
  restoreWarnings = setWarningHandler(() => undefined);
});
afterAll(() => void setWarningHandler(restoreWarnings));

/** Float32 rounding in two layers; the embeddings are of order 1. */
const TOLERANCE = 2e-5;
/** A term may be active on only one side if its weight is this small. */
const BAND = 1e-5;

/** idf.json has a token that the tokenizer does not know; the reference gives its weight to the unknown token. */
const DIFFERENT: Readonly<Record<string, number>> = { 'inference-free-idf': 1 };

function expectRows(matrix: SparseMatrix, rows: readonly Row[], except?: number): void {
  expect(matrix.rows).toBe(rows.length);
  rows.forEach((row, index) => {
    const ours = rowOf(matrix, index);
    const weights = new Map(row.indices.map((dimension, place) => [dimension, row.values[place] as number]));
    const largest = Math.max(1, ...row.values.map(Math.abs));
    ours.indices.forEach((dimension, place) => {
      const weight = ours.values[place] as number;
      const expected = weights.get(dimension) ?? 0;
      weights.delete(dimension);
      expect(Math.abs(weight - expected), `text ${index}, dimension ${dimension}`).toBeLessThan(
        (expected === 0 ? BAND : TOLERANCE) * largest,
      );
    });
    for (const [dimension, missing] of weights) {
      if (dimension === except) continue;
      expect(Math.abs(missing), `text ${index} lacks dimension ${dimension}`).toBeLessThan(BAND * largest);
    }
  });
}

describe.each(['onnx', 'cpu'] as const)('on the engine %s, as in sentence-transformers', (engine) => {
  beforeAll(() => setEngine(engine));

  test.each(NAMES.filter((name) => engine === 'onnx' || COMPUTATIONS.has(name)))('%s', async (name) => {
    const expected = expectedOf(name);
    const model = await SparseEncoder.load(join(MODELS, name));
    const { settings } = expected;
    expect(model.dimension).toBe(settings.dimension);
    expect(model.maxSeqLength).toBe(settings.max_seq_length);
    expect(model.similarityFnName).toBe(settings.similarity_fn_name);
    expect(model.maxActiveDims).toBe(settings.max_active_dims);

    for (const [method, rows] of Object.entries(expected.embeddings)) {
      const matrix = await model[METHODS[method as Method]](expected.texts, { batchSize: 5 });
      expectRows(matrix, rows, DIFFERENT[name]);
    }
    if (expected.pairs !== undefined) {
      expectRows(await model.encode(expected.pair_texts), expected.pairs.embeddings);
    }
    if (DIFFERENT[name] !== undefined) return;
    const queries = await model.encodeQuery(expected.texts);
    const documents = await model.encodeDocument(expected.texts);
    const scores = model.similarity(queries, documents);
    expected.similarity.forEach((row, i) =>
      row.forEach((score, j) =>
        expect(Math.abs((scores[i]?.[j] ?? NaN) - score)).toBeLessThan(1e-4 * Math.max(1, Math.abs(score))),
      ),
    );
    await model.dispose();
  });
});
