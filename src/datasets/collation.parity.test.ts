import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { isTensor } from '../is-tensor.js';
import { HAS_REFERENCE, LIVE_TIME, runInReference } from '../testing/python/live-reference.js';
import { setWarningHandler } from '../warnings.js';
import { collate } from './collate.js';
import { arrayDataset, type Row } from './dataset.js';
import { resolveIds } from './resolve-ids.js';

const program = fileURLToPath(new URL('../../parity/reference/collation.py', import.meta.url));
const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));

interface CollatedCase {
  readonly model: string;
  readonly rows: readonly Row[];
  readonly prompts: unknown;
  readonly routerMapping: unknown;
  readonly dataset: string | null;
}

const QUERIES = ['a cat', 'how does a very fast train move through the mountains at night?', ''];
const DOCUMENTS = ['a small animal', 'trains', 'unlikely words: zyzzyva, 1234 [MASK] and ünïcödé'];

const rowsWith = (labels: readonly unknown[], label = 'label'): Row[] =>
  QUERIES.map((query, index) => ({
    query,
    document: DOCUMENTS[index],
    negative_1: DOCUMENTS[(index + 1) % 3],
    ...(labels.length > 0 && { [label]: labels[index] }),
  }));

const PROMPTS: readonly [unknown, string | null][] = [
  [null, null],
  ['one for all: ', null],
  [{ query: 'query: ', negative_1: 'document: ' }, null],
  [{ own: 'named: ' }, 'own'],
  [{ own: { document: 'passage: ' }, other: { query: 'x' } }, 'own'],
  [{ other: { query: 'x' } }, 'own'],
  [{ other: { query: 'x' } }, null],
  [{ other: 'x', query: 'query: ' }, 'own'],
];
const ROUTES: readonly [unknown, string | null][] = [
  [{ query: 'query', document: 'document', negative_1: 'document' }, null],
  [{ document: 'document' }, null],
  [{ own: { query: 'query', document: 'document' } }, 'own'],
  [{ other: { query: 'query' } }, 'own'],
  [{ other: { query: 'query' } }, null],
];
const LABELS: readonly (readonly [readonly unknown[], string?])[] = [
  [[]],
  [[1, 2, 3]],
  [[0.25, 1, -1.5], 'score'],
  [[true, false, true], 'labels'],
  [
    [
      [1, 2],
      [3, 4],
      [0.1, 0.7],
    ],
    'scores',
  ],
  [
    [
      [
        [1, 2],
        [3, 4],
      ],
      [
        [5, 6],
        [7, 8],
      ],
      [
        [9, 1],
        [2, 3],
      ],
    ],
  ],
  [['good', 'bad', 'good']],
  [[[1, 2], [3], [4, 5]]],
  [[[1, 2], 3, [4, 5]]],
  [[1, null, 2]],
];

const COLLATED: readonly CollatedCase[] = [
  ...['splade-bert', 'splade-roberta', 'csr', 'splade-modernbert'].flatMap((model) =>
    PROMPTS.map(([prompts, dataset]) => ({ model, rows: rowsWith([]), prompts, routerMapping: {}, dataset })),
  ),
  ...['inference-free', 'inference-free-in-root'].flatMap((model) =>
    ROUTES.map(([routerMapping, dataset]) => ({
      model,
      rows: rowsWith([]),
      prompts: { query: 'query: ' },
      routerMapping,
      dataset,
    })),
  ),
  ...LABELS.map(([labels, name]) => ({
    model: 'splade-bert',
    rows: rowsWith(labels, name),
    prompts: null,
    routerMapping: {},
    dataset: null,
  })),
];

interface ResolvedCase {
  readonly rows: readonly Row[];
  readonly lookups: Readonly<Record<string, readonly Row[]>>;
  readonly maxListLength: number | null;
}

const queries = [
  { id: 'q1', text: 'a cat' },
  { id: 'q2', text: 'to run' },
];
const documents = [
  { doc_id: 1, text: 'one' },
  { doc_id: 2, text: 'two' },
  { doc_id: 3, text: 'three' },
  { doc_id: 2, text: 'two, again' },
];
const lists = (...ids: readonly unknown[]): Row[] =>
  ids.map((list, index) => ({
    query_id: `q${index + 1}`,
    document_ids: list,
    scores: [0.5, 1, 2],
    other: 5,
  }));

const RESOLVED: readonly ResolvedCase[] = [
  {
    rows: lists([1, 2, 3], [3, 2, 1]),
    lookups: { query_id: queries, document_ids: documents },
    maxListLength: null,
  },
  {
    rows: lists([1, 2, 3], [3, 2]),
    lookups: { query_id: queries, document_ids: documents },
    maxListLength: 2,
  },
  {
    rows: lists([1, 2, 3], [3, 2]),
    lookups: { query_id: queries, document_ids: documents },
    maxListLength: null,
  },
  { rows: lists([1], [4]), lookups: { document_ids: documents, query_id: queries }, maxListLength: null },
  { rows: lists([], []), lookups: { document_ids: documents }, maxListLength: null },
  {
    rows: lists('[1, 3]', '[2, 2]').map((row) => ({ ...row, scores: '[0.5, 1]' })),
    lookups: { query_id: queries, document_ids: documents },
    maxListLength: null,
  },
  {
    rows: [{ a_idx: '[\'q1\', "q2"]', positive_id: 'q2', label: 1 }],
    lookups: { positive_id: queries, a_idx: queries },
    maxListLength: null,
  },
  { rows: [{ a_id: 'q1', a_idx: 'q2' }], lookups: { a_id: queries, a_idx: queries }, maxListLength: null },
];

const columnsOf = (rows: readonly Row[]): Record<string, unknown[]> =>
  Object.fromEntries(Object.keys(rows[0] ?? {}).map((name) => [name, rows.map((row) => row[name])]));

interface Answer {
  readonly error?: string;
  readonly features?: Readonly<Record<string, unknown>>;
  readonly label?: unknown;
  readonly columns?: Readonly<Record<string, readonly unknown[]>>;
}

interface Answers {
  readonly collated: readonly Answer[];
  readonly resolved: readonly Answer[];
}

async function theirs(): Promise<Answers> {
  const request = {
    collated: COLLATED.map((each) => ({ ...each, model: join(MODELS, each.model) })),
    resolved: RESOLVED.map(({ rows, lookups, maxListLength }) => ({
      columns: columnsOf(rows),
      lookups: Object.fromEntries(Object.entries(lookups).map(([name, of]) => [name, columnsOf(of)])),
      maxListLength,
    })),
  };
  const output = (await runInReference({ path: program }, { input: JSON.stringify(request) })).toString();
  return JSON.parse(output.slice(output.lastIndexOf('\n') + 1)) as Answers;
}

/** Our names of the features that the reference's collator gives. */
const NAMES = {
  input_ids: 'inputIds',
  attention_mask: 'attentionMask',
  token_type_ids: 'tokenTypeIds',
  prompt_length: 'promptLength',
  task: 'task',
} as const;

async function ours({ model, rows, prompts, routerMapping, dataset }: CollatedCase): Promise<Answer> {
  const encoder = await SparseEncoder.load(join(MODELS, model));
  try {
    const batch = await collate(encoder, rows, {
      ...(prompts !== null && { prompts: prompts as string }),
      routerMapping: routerMapping as Record<string, string>,
      ...(dataset !== null && { dataset }),
    });
    const features: Record<string, unknown> = {};
    for (const [place, column] of batch.batch.columns.entries()) {
      for (const [theirName, name] of Object.entries(NAMES)) {
        const value = batch.features[place]?.[name];
        if (value !== undefined) {
          features[`${column}_${theirName}`] = isTensor(value) ? await value.array() : value;
        }
      }
    }
    const label = (await batch.labels?.array()) ?? null;
    batch.dispose();
    return { features, label };
  } catch (error) {
    return { error: String(error) };
  } finally {
    await encoder.dispose();
  }
}

describe.runIf(HAS_REFERENCE)('beside the reference', () => {
  let expected: Answers;
  beforeAll(async () => {
    setWarningHandler(() => undefined);
    await tf.setBackend('cpu');
    expected = await theirs();
  }, LIVE_TIME);

  it.each(COLLATED.map((each, place) => [place, each] as const))(
    'case %d is collated as by its data collator',
    async (place, each) => {
      const { error, features = {}, label } = expected.collated[place] ?? {};
      const answer = await ours(each);
      // A task that is not given is None there.
      const named = Object.entries(features).filter(
        ([key, value]) => value !== null && Object.keys(NAMES).some((name) => key.endsWith(`_${name}`)),
      );
      const collated = { features: Object.fromEntries(named), label };
      const refused = { error: expect.stringContaining('InputError') as string };
      expect(answer).toEqual(error === undefined ? collated : refused);
    },
  );

  it.each(RESOLVED.map((each, place) => [place, each] as const))(
    'case %d of ids is resolved as by resolve_ids',
    async (place, { rows, lookups, maxListLength }) => {
      const { error, columns = {} } = expected.resolved[place] ?? {};
      const resolve = async () => {
        const named = Object.entries(lookups).map(([name, of]) => [name, arrayDataset(of)] as const);
        const dataset = await resolveIds(arrayDataset(rows), Object.fromEntries(named), { maxListLength });
        const all = await dataset.rows(rows.map((_, index) => index));
        return { names: dataset.columns, columns: columnsOf(all) };
      };
      const answer = await resolve().catch(({ name }: Error) => ({ name }));
      const expectedAnswer =
        error === undefined ? { names: Object.keys(columns), columns } : { name: 'InputError' };
      expect(answer).toEqual(expectedAnswer);
    },
  );
});
