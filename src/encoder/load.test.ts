import { cpSync, existsSync, mkdirSync, renameSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError } from '../errors.js';
import { besides } from '../files/folder/swap.js';
import { copyOfModel, MODELS } from '../testing/files/damaged-model.js';
import { outcomeOf, set, write } from '../testing/files/damages.js';
import { overRun } from '../testing/files/over-run.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { recordWarnings } from '../testing/warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('onnx'));

const SPLADE = 'splade-bert';

test('a folder whose replacement was interrupted is loaded from the folder beside it', async () => {
  const folder = copyOfModel(SPLADE);
  const { complete, old } = besides(folder, overRun());
  renameSync(folder, complete);
  mkdirSync(old);
  const model = await SparseEncoder.load(folder);
  expect(existsSync(folder)).toBe(true);
  await model.dispose();
});

test('a missing folder and a file are refused as such', async () => {
  const folder = temporaryFolder();
  await expect(SparseEncoder.load(join(folder, 'a', 'model'))).rejects.toThrow(InputError);
  write('file', '')(folder);
  await expect(SparseEncoder.load(join(folder, 'file'))).rejects.toThrow(
    /is a file; expected the folder of a model/,
  );
});

test('a token that only the tokenizer knows is refused when it occurs', async () => {
  const folder = copyOfModel(SPLADE);
  set('tokenizer.json', 'zzz', 300, 'model', 'vocab')(folder);
  const model = await SparseEncoder.load(folder);
  const before = tf.memory().numTensors;
  await expect(model.encode('the zzz')).rejects.toThrow(
    new ModelFileError(
      'the tokenizer gives "zzz" the id 300; the model has 300 tokens: its tokenizer belongs to another model',
    ),
  );
  expect(tf.memory().numTensors).toBe(before);
  expect((await model.encode('the')).rows).toBe(1);
  await model.dispose();
});

test('no program in a folder is run, whatever its configs say', async () => {
  const folder = copyOfModel(SPLADE);
  const mark = join(folder, 'it-ran');
  const program = `require('node:fs').writeFileSync(${JSON.stringify(mark)}, '')`;
  for (const name of ['index.js', 'index.cjs', 'modules.js', 'modeling.js', '1_SpladePooling/index.js']) {
    write(name, program)(folder);
  }
  write('package.json', '{"main": "index.js", "type": "commonjs"}')(folder);
  write('modeling.py', `open(${JSON.stringify(mark)}, 'w')`)(folder);
  set('config.json', 'auto_map', { AutoModelForMaskedLM: 'modeling.Model' })(folder);
  set('tokenizer_config.json', 'auto_map', { AutoTokenizer: ['modeling.Tokenizer', null] })(folder);
  const model = await SparseEncoder.load(folder);
  await model.encode('a text');
  await model.dispose();
  expect(existsSync(mark)).toBe(false);
  expect(await outcomeOf(SPLADE, set('modules.json', 'type', 'modeling.Model', 1))).toMatch(
    /no module of type "modeling\.Model"/,
  );
});

test('a model in a folder of links, as the hub cache has them, is loaded', async () => {
  const root = temporaryFolder();
  const blobs = join(root, 'blobs');
  const snapshot = join(root, 'snapshots', 'a'.repeat(40));
  cpSync(join(MODELS, SPLADE), blobs, { recursive: true });
  mkdirSync(join(snapshot, '1_SpladePooling'), { recursive: true });
  for (const name of [
    'modules.json',
    'config_sentence_transformers.json',
    'config.json',
    'model.safetensors',
    'tokenizer.json',
    'sentence_bert_config.json',
    '1_SpladePooling/config.json',
  ]) {
    symlinkSync(join(blobs, name), join(snapshot, name));
  }
  const model = await SparseEncoder.load(snapshot);
  expect(model.dimension).toBe(300);
  await model.dispose();
});

test('a warning tells what a dense model becomes, once', async () => {
  const warnings = recordWarnings();
  const model = await SparseEncoder.load(join(MODELS, 'dense'));
  expect(warnings).toEqual([
    expect.stringMatching(/is a dense SentenceTransformer; a new, untrained SparseAutoEncoder/),
  ]);
  await model.dispose();
});

test.each([
  [{ maxActiveDim: 3 }, 'SparseEncoder.load has no option "maxActiveDim"; did you mean "maxActiveDims"?'],
  [
    { maxActiveDims: 0 },
    'SparseEncoder.load: maxActiveDims is 0; expected a whole number of at least 1, or null',
  ],
  [
    { similarityFnName: 'hamming' },
    /^SparseEncoder\.load: similarityFnName is "hamming"; expected one of "cosine"/,
  ],
  [
    { prompts: { query: 1 } },
    /^SparseEncoder\.load: prompts is an object .*; expected an object of strings by name/,
  ],
  [{ defaultPromptName: 'title' }, 'the model has no prompt "title"; it has "query", "document"'],
])('the option of loading %o is refused', async (options, told) => {
  const before = tf.memory().numTensors;
  await expect(SparseEncoder.load(join(MODELS, SPLADE), options as object)).rejects.toThrow(told);
  expect(tf.memory().numTensors).toBe(before);
});
