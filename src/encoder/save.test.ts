import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { UsageError } from '../errors.js';
import { readSafetensors } from '../files/safetensors/read.js';
import { SparseEncoder } from './sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));
const TEXTS = ['a cloud of particles', 'Liar, liar: the handle of a sword!', ''];

let folder: string;
beforeAll(async () => {
  await setEngine('onnx');
  folder = await mkdtemp(join(tmpdir(), 'sparse-encoder-save-'));
});
afterAll(() => rm(folder, { recursive: true }));

const load = (name: string): Promise<SparseEncoder> => SparseEncoder.load(join(MODELS, name));

async function filesOf(path: string): Promise<string[]> {
  const entries = await readdir(path, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => entry.isFile() && entry.name !== 'expected.json')
    .map((entry) => join(entry.parentPath, entry.name).slice(path.length + 1))
    .toSorted();
}

test.each([
  'splade-bert',
  'splade-modernbert',
  'splade-electra',
  'splade-albert',
  'splade-deberta-v2',
  'splade-gte',
  'splade-new',
  'csr-deep',
  'inference-free',
])('%s is saved as by the reference, file by file, except for a card', async (name) => {
  const model = await load(name);
  const saved = join(folder, name);
  await model.save(saved);
  const source = join(MODELS, name);
  expect(await filesOf(saved)).toEqual([...(await filesOf(source)), 'README.md'].toSorted());
  for (const file of await filesOf(source)) {
    const [ours, theirs] = await Promise.all([readFile(join(saved, file)), readFile(join(source, file))]);
    const isSame = file.endsWith('.json')
      ? isDeepStrictEqual(withoutNulls(ours), withoutNulls(theirs))
      : ours.equals(theirs);
    expect(isSame, file).toBe(true);
  }
  const again = await SparseEncoder.load(saved);
  expect(await again.encode(TEXTS)).toEqual(await model.encode(TEXTS));
});

test('a module that lies in the folder of its router is saved as the reference saves it, and opened again', async () => {
  const model = await load('inference-free-in-root');
  const saved = join(folder, 'in-root');
  await model.save(saved);
  expect(JSON.parse(await readFile(join(saved, 'router_config.json'), 'utf8'))).toEqual({
    types: {
      query_0_SparseStaticEmbedding:
        'sentence_transformers.sparse_encoder.modules.sparse_static_embedding.SparseStaticEmbedding',
      document_0_MLMTransformer:
        'sentence_transformers.sparse_encoder.modules.mlm_transformer.MLMTransformer',
      document_1_SpladePooling: 'sentence_transformers.sparse_encoder.modules.splade_pooling.SpladePooling',
    },
    structure: {
      query: ['query_0_SparseStaticEmbedding'],
      document: ['document_0_MLMTransformer', 'document_1_SpladePooling'],
    },
    parameters: { default_route: 'document', allow_empty_key: true, route_mappings: {} },
  });
  const again = await SparseEncoder.load(saved);
  expect(await again.encodeDocument(TEXTS)).toEqual(await model.encodeDocument(TEXTS));
  expect(await again.encodeQuery(TEXTS)).toEqual(await model.encodeQuery(TEXTS));
});

/** The similarity of a model that was never used for it is null in the reference, and its default here. */
function withoutNulls(json: Buffer): object {
  const value = JSON.parse(json.toString()) as Record<string, unknown> | unknown[];
  if (Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).filter(([name]) => name !== 'similarity_fn_name'));
}

test('half precision is written on request, and config.json says so', async () => {
  const model = await load('splade-bert');
  const saved = join(folder, 'half');
  await model.save(saved, { dtype: 'F16' });
  const { tensors } = readSafetensors(join(saved, 'model.safetensors'));
  expect(new Set([...tensors.values()].map(({ dtype }) => dtype))).toEqual(new Set(['F16']));
  expect(JSON.parse(await readFile(join(saved, 'config.json'), 'utf8'))).toMatchObject({ dtype: 'float16' });
  const again = await SparseEncoder.load(saved);
  expect((await again.encode(TEXTS)).rows).toBe(TEXTS.length);
});

test('weights of less precision are saved as float32, which the reference then reads as such', async () => {
  const model = await load('splade-bfloat16-sharded');
  const saved = join(folder, 'widened');
  await model.save(saved);
  expect(JSON.parse(await readFile(join(saved, 'config.json'), 'utf8'))).toMatchObject({ dtype: 'float32' });
  expect(await (await SparseEncoder.load(saved)).encode(TEXTS)).toEqual(await model.encode(TEXTS));
});

test('settings that were changed are saved', async () => {
  const model = await load('splade-settings');
  model.prompts.set('clustering', 'cluster: ');
  model.defaultPromptName = 'clustering';
  model.maxActiveDims = 7;
  model.similarityFnName = 'manhattan';
  model.maxSeqLength = 5;
  const saved = join(folder, 'settings');
  await model.save(saved);
  const again = await SparseEncoder.load(saved);
  expect(again).toMatchObject({
    defaultPromptName: 'clustering',
    maxActiveDims: 7,
    similarityFnName: 'manhattan',
    maxSeqLength: 5,
  });
  expect(again.prompts.get('clustering')).toBe('cluster: ');
  expect((await again.tokenize(['one two three four five six seven']))[0]?.length).toBe(5);
});

test('an existing model is replaced only on request', async () => {
  const model = await load('splade-bert');
  const saved = join(folder, 'twice');
  await model.save(saved);
  await expect(model.save(saved)).rejects.toThrow(UsageError);
  await model.save(saved, { overwrite: true });
  expect((await readdir(folder)).filter((name) => name.startsWith('twice'))).toEqual(['twice']);
});
