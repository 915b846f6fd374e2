import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { copyOfModel } from '../testing/files/damaged-model.js';
import { json, remove, set } from '../testing/files/damages.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { recordWarnings } from '../testing/warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('cpu'));

const CONFIG = 'config_sentence_transformers.json';
const CLASSES = {
  'splade-bert': ['Transformer', 'SpladePooling'],
  csr: ['Transformer', 'Pooling', 'SparseAutoEncoder'],
  'inference-free': ['Router'],
};
const drop =
  (file: string, ...keys: string[]) =>
  (folder: string): void =>
    json(file, (config) => {
      for (const key of keys) delete config[key];
    })(folder);

async function opened(folder: string) {
  const encoder = await SparseEncoder.load(folder);
  const { indices, values } = await encoder.encodeDocument(['a dog on the road', 'the sea']);
  const { dimension } = encoder;
  const saved = join(temporaryFolder(), 'saved');
  await encoder.save(saved);
  await encoder.dispose();
  return {
    classes: encoder.modules.map(({ kind }) => kind.name),
    dimension,
    embeddings: [...indices, ...values],
    saved,
  };
}

async function changed(model: string, ...changes: ((folder: string) => void)[]) {
  const folder = copyOfModel(model);
  for (const change of changes) change(folder);
  const expected = await opened(modelFixture(model));
  const warnings = recordWarnings();
  const found = await opened(folder);
  return { found, expected, warnings: warnings.map((each) => each.replaceAll(folder, 'FOLDER')) };
}

describe.each(Object.entries(CLASSES))('the modules of %s', (model, classes) => {
  test.each([
    ['whose config is missing', remove(CONFIG), []],
    ['without a model_type', drop(CONFIG, 'model_type'), []],
    [
      'of another model_type',
      set(CONFIG, 'model_type', 'SentenceTransformer'),
      [
        'FOLDER: model_type is "SentenceTransformer", but its modules make sparse embeddings; it is opened as a SparseEncoder',
      ],
    ],
  ])('count more than a config %s', async (_what, change, told) => {
    const { found, expected, warnings } = await changed(model, change);
    expect(found.classes).toEqual(classes);
    expect(found.embeddings).toEqual(expected.embeddings);
    expect(warnings).toEqual(told);
  });
});

test('the module behind a transformer says its task where its config does not', async () => {
  for (const change of [
    remove('sentence_bert_config.json'),
    drop('sentence_bert_config.json', 'transformer_task'),
  ]) {
    const { found, expected, warnings } = await changed('splade-bert', change);
    expect(found.embeddings).toEqual(expected.embeddings);
    expect(warnings).toEqual([]);
  }
  const routed = await changed('inference-free', remove('document_0_Transformer/sentence_bert_config.json'));
  expect(routed.found.embeddings).toEqual(routed.expected.embeddings);
});

test.each([
  ['SpladePooling', 'splade-bert', '1_SpladePooling', 17, 300],
  ['SpladePooling', 'inference-free', 'document_1_SpladePooling', 299, 300],
  ['Pooling', 'csr', '1_Pooling', 17, 16],
])('the embedding_dimension of a %s in %s is a label', async (kind, model, module, said, actual) => {
  const { found, expected, warnings } = await changed(
    model,
    set(`${module}/config.json`, 'embedding_dimension', said),
  );
  expect(found.embeddings).toEqual(expected.embeddings);
  expect(found.dimension).toBe(expected.dimension);
  expect(warnings).toEqual([
    `The config of ${kind} says that embedding_dimension is ${said}; it is ${actual}, the width of the transformer before it.`,
  ]);
  const again = await opened(found.saved);
  expect(again.dimension).toBe(expected.dimension);
  expect(warnings).toHaveLength(1);
});

test('a pooling without its config takes defaults, and says so', async () => {
  const { found, expected, warnings } = await changed('splade-bert', remove('1_SpladePooling'));
  expect(found.embeddings).toEqual(expected.embeddings);
  expect(warnings).toEqual([
    'FOLDER/1_SpladePooling/config.json is missing; SpladePooling takes its defaults',
  ]);
});

test.each([
  [
    'encoder-checkpoint',
    'is a checkpoint of BertModel, read without modules: mean pooling and a new, untrained SparseAutoEncoder make a CSR model of it, whose embeddings mean nothing until it is trained',
  ],
  [
    'masked-language-checkpoint',
    'is a checkpoint of BertForMaskedLM, read without modules: SpladePooling makes embeddings of its logits, which are sparse only if it was trained for that',
  ],
])('a warning tells what %s becomes', async (model, told) => {
  const warnings = recordWarnings();
  const encoder = await SparseEncoder.load(modelFixture(model));
  await encoder.dispose();
  expect(warnings).toEqual([`${modelFixture(model)} ${told}`]);
});
