import {
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { ensureEngine } from '../engine/set-engine.js';
import { InputError, ModelFileError } from '../errors.js';
import { copyOfModel, editJson, editWeights, type JsonEdit, MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { setWarningHandler } from '../warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(ensureEngine);

/** A way to damage a model, and what the error has to say; FOLDER stands for its path. */
type Case = readonly [what: string, model: string, damage: (folder: string) => unknown, told: RegExp];

const json =
  (file: string, edit: JsonEdit, ...at: (string | number)[]) =>
  (folder: string): void =>
    editJson(join(folder, file), edit, at);

const set = (file: string, key: string, value: unknown, ...at: (string | number)[]) =>
  json(file, (object) => void (object[key] = value), ...at);

const remove = (name: string) => (folder: string) => rmSync(join(folder, name), { recursive: true });

const write = (name: string, text: string) => (folder: string) => writeFileSync(join(folder, name), text);

const SPLADE = 'splade-bert';
const WEIGHTS = 'model.safetensors';
const CSR = '2_SparseAutoEncoder';
const STATIC = 'query_0_SparseStaticEmbedding';
const CONFIG = 'config_sentence_transformers.json';

const FOLDERS: readonly Case[] = [
  [
    'has no modules.json and no config.json',
    SPLADE,
    (folder) => {
      rmSync(join(folder, 'modules.json'));
      rmSync(join(folder, 'config.json'));
    },
    /^FOLDER has neither modules\.json nor config\.json; expected the folder of a model$/,
  ],
  [
    'has no config.json of its transformer',
    SPLADE,
    remove('config.json'),
    /^FOLDER\/config\.json cannot be read; expected JSON/,
  ],
  [
    'has a modules.json that is empty',
    SPLADE,
    write('modules.json', ''),
    /^FOLDER\/modules\.json, line 1, column 1: the text ends/,
  ],
  [
    'lists no modules',
    SPLADE,
    write('modules.json', '[]'),
    /^FOLDER\/modules\.json: the value is a list of 0; expected at least 1 entries$/,
  ],
  [
    'has an object as modules.json',
    SPLADE,
    write('modules.json', '{}'),
    /^FOLDER\/modules\.json: the value is an object; expected a list$/,
  ],
  [
    'has a folder as modules.json',
    SPLADE,
    (folder) => {
      rmSync(join(folder, 'modules.json'));
      mkdirSync(join(folder, 'modules.json'));
    },
    /^FOLDER\/modules\.json is not a file; expected JSON$/,
  ],
  [
    'names a module of another package',
    SPLADE,
    set('modules.json', 'type', 'my.package.Pooling', 1),
    /^FOLDER\/modules\.json: there is no module of type "my\.package\.Pooling"; known are .*\.SpladePooling, /,
  ],
  [
    'names a module of another package in a router',
    'inference-free',
    set('router_config.json', STATIC, 'my.package.Static', 'types'),
    /^FOLDER\/router_config\.json: there is no module of type "my\.package\.Static"; known are /,
  ],
  [
    'has a transformer of an unknown model_type',
    SPLADE,
    set('config.json', 'model_type', 't5'),
    /^FOLDER\/config\.json: model_type is "t5"; expected one of bert, camembert, distilbert, modernbert, mpnet, roberta, xlm-roberta$/,
  ],
  [
    'makes no embedding',
    SPLADE,
    write('modules.json', '[{"name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]'),
    /^FOLDER\/modules\.json: none of the modules \(Transformer\) makes an embedding of a text; expected one of .*SpladePooling/,
  ],
];

const WEIGHT_FILES: readonly Case[] = [
  [
    'are missing',
    SPLADE,
    remove(WEIGHTS),
    /^FOLDER holds no weights; expected model\.safetensors or model\.safetensors\.index\.json$/,
  ],
  [
    'are pickled',
    SPLADE,
    (folder) => renameSync(join(folder, WEIGHTS), join(folder, 'pytorch_model.bin')),
    /^FOLDER\/pytorch_model\.bin holds pickled weights.* never read.*\nimport torch; .*\nsave_file\(/s,
  ],
  [
    'of a later module are pickled',
    'csr',
    (folder) => renameSync(join(folder, CSR, WEIGHTS), join(folder, CSR, 'pytorch_model.bin')),
    /^FOLDER\/2_SparseAutoEncoder\/pytorch_model\.bin holds pickled weights/,
  ],
  [
    'lack a tensor',
    SPLADE,
    (folder) =>
      editWeights(folder, (tensors) =>
        tensors.filter(({ name }) => name !== 'bert.embeddings.LayerNorm.bias'),
      ),
    /^FOLDER\/model\.safetensors: no tensor bert\.embeddings\.LayerNorm\.bias \[16\]$/,
  ],
  [
    'have a tensor too many',
    SPLADE,
    (folder) =>
      editWeights(folder, (tensors) => [
        ...tensors,
        { name: 'adapter.weight', shape: [1], dtype: 'float32', values: Float32Array.of(1) },
      ]),
    /^FOLDER\/model\.safetensors: tensor adapter\.weight belongs to nothing in this model$/,
  ],
  [
    'have a tensor of another shape',
    'csr',
    (folder) =>
      editWeights(join(folder, CSR), (tensors) =>
        tensors.map((tensor) => (tensor.name === 'latent_bias' ? { ...tensor, shape: [8, 8] } : tensor)),
      ),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor latent_bias is \[8, 8\]; expected \[64\]$/,
  ],
  [
    'have integers for floats',
    SPLADE,
    (folder) =>
      editWeights(folder, (tensors) =>
        tensors.map((tensor) =>
          tensor.name === 'cls.predictions.bias'
            ? { ...tensor, dtype: 'int32', values: new Int32Array(300) }
            : tensor,
        ),
      ),
    /^FOLDER\/model\.safetensors: tensor cls\.predictions\.bias is of type I64; expected a float type$/,
  ],
  [
    'have floats for integers',
    'csr',
    (folder) =>
      editWeights(join(folder, CSR), (tensors) =>
        tensors.map((tensor) =>
          tensor.name === 'stats_last_nonzero'
            ? { ...tensor, dtype: 'float32', values: new Float32Array(64) }
            : tensor,
        ),
      ),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor stats_last_nonzero is of type F32; expected I64 or I32$/,
  ],
  [
    'end early',
    SPLADE,
    (folder) => truncateSync(join(folder, WEIGHTS), statSync(join(folder, WEIGHTS)).size - 10),
    /^FOLDER\/model\.safetensors: tensor ".*" ends at byte \d+ of the data, but the file has \d+; it was cut short/,
  ],
  [
    'are an empty file',
    SPLADE,
    write(WEIGHTS, ''),
    /^FOLDER\/model\.safetensors has 0 bytes; expected a safetensors file/,
  ],
  [
    'lie about the length of their header',
    SPLADE,
    (folder) => {
      const bytes = readFileSync(join(folder, WEIGHTS));
      bytes.writeBigUInt64LE(2n ** 40n);
      writeFileSync(join(folder, WEIGHTS), bytes);
    },
    /^FOLDER\/model\.safetensors states a header of 1099511627776 bytes; expected/,
  ],
  [
    'lie about the place of a tensor',
    SPLADE,
    (folder) => {
      const text = readFileSync(join(folder, WEIGHTS)).toString('latin1');
      writeFileSync(
        join(folder, WEIGHTS),
        Buffer.from(text.replace(/"data_offsets":\[0,/, '"data_offsets":[9,'), 'latin1'),
      );
    },
    /^FOLDER\/model\.safetensors: tensor /,
  ],
  [
    'lack one of several files',
    'splade-bfloat16-sharded',
    remove('model-00002-of-00003.safetensors'),
    /^FOLDER\/model-00002-of-00003\.safetensors cannot be read; expected a safetensors file/,
  ],
  [
    'lack a tensor in the index of several files',
    'splade-bfloat16-sharded',
    json('model.safetensors.index.json', (map) => delete map['bert.embeddings.LayerNorm.bias'], 'weight_map'),
    /^FOLDER\/model\.safetensors\.index\.json: no tensor bert\.embeddings\.LayerNorm\.bias \[16\]$/,
  ],
  [
    'of a static embedding are for another tokenizer',
    'inference-free',
    (folder) =>
      editWeights(join(folder, STATIC), (tensors) =>
        tensors.map((tensor) => ({ ...tensor, shape: [299], values: tensor.values.slice(1) })),
      ),
    /^FOLDER\/query_0_SparseStaticEmbedding\/model\.safetensors: tensor weight is \[299\]; expected \[300\]$/,
  ],
];

const KEYS: readonly Case[] = [
  [
    'hidden_size of a transformer',
    SPLADE,
    set('config.json', 'hidden_size', '16'),
    /^FOLDER\/config\.json: hidden_size is "16"; expected a whole number above 0$/,
  ],
  [
    'heads that do not share the width',
    SPLADE,
    set('config.json', 'num_attention_heads', 3),
    /^FOLDER\/config\.json: a width of 16 is no multiple of its 3 attention heads$/,
  ],
  [
    'more layers than anything has',
    SPLADE,
    set('config.json', 'num_hidden_layers', 1e9),
    /^FOLDER\/config\.json: num_hidden_layers is 1000000000; expected a whole number from 1 to 1024$/,
  ],
  [
    'a vocabulary beyond all bounds',
    SPLADE,
    set('config.json', 'vocab_size', 1e15),
    /^FOLDER\/model\.safetensors: tensor bert\.embeddings\.word_embeddings\.weight is \[300, 16\]; expected \[1000000000000000, 16\]/,
  ],
  [
    'architectures of a checkpoint',
    'masked-language-checkpoint',
    set('config.json', 'architectures', 'BertForMaskedLM'),
    /^FOLDER\/config\.json: architectures is "BertForMaskedLM"; expected a list$/,
  ],
  [
    'max_seq_length',
    SPLADE,
    set('sentence_bert_config.json', 'max_seq_length', 'a'),
    /^FOLDER\/sentence_bert_config\.json: max_seq_length is "a"; expected a whole number above 0, or null$/,
  ],
  [
    'an unknown key of a transformer',
    SPLADE,
    set('sentence_bert_config.json', 'max_sequence', 1),
    /^FOLDER\/sentence_bert_config\.json: it holds "max_sequence"; its keys are transformer_task, /,
  ],
  [
    'a list for a config',
    SPLADE,
    write('sentence_bert_config.json', '[]'),
    /^FOLDER\/sentence_bert_config\.json is \[\]; expected an object$/,
  ],
  [
    'JSON with a fault',
    SPLADE,
    write('1_SpladePooling/config.json', '{\n "a": tru}'),
    /^FOLDER\/1_SpladePooling\/config\.json, line 2, column 7: found "t"; expected a value, such as true$/,
  ],
  [
    'pooling_strategy',
    SPLADE,
    set('1_SpladePooling/config.json', 'pooling_strategy', 3),
    /^FOLDER\/1_SpladePooling\/config\.json: pooling_strategy in the config of SpladePooling is 3; expected one of "max", "sum"$/,
  ],
  [
    'include_prompt',
    'csr',
    set('1_Pooling/config.json', 'include_prompt', 'yes'),
    /^FOLDER\/1_Pooling\/config\.json: include_prompt in the config of Pooling is "yes"; expected true or false$/,
  ],
  [
    'an unknown pooling_mode',
    'csr',
    set('1_Pooling/config.json', 'pooling_mode', ['mean', 'median']),
    /^FOLDER\/1_Pooling\/config\.json: pooling_mode .* is \["mean", "median"\]; expected one of "cls"/,
  ],
  [
    'k',
    'csr',
    set(`${CSR}/config.json`, 'k', 1.5),
    /^FOLDER\/2_SparseAutoEncoder\/config\.json: k in the config of SparseAutoEncoder is 1\.5; expected a whole number of at least 1$/,
  ],
  [
    'a missing config of an auto-encoder',
    'csr',
    remove(`${CSR}/config.json`),
    /^FOLDER\/2_SparseAutoEncoder\/config\.json: the config of SparseAutoEncoder lacks "input_dim": a whole number of at least 1$/,
  ],
  [
    'an activation that is a name in Python',
    'csr-deep',
    set('2_Dense/config.json', 'activation_function', 'os.system'),
    /^FOLDER\/2_Dense\/config\.json: activation_function in the config of Dense is "os\.system"; expected one of "torch\.nn/,
  ],
  [
    'prompts',
    SPLADE,
    set(CONFIG, 'prompts', { query: 3 }),
    /^FOLDER\/config_sentence_transformers\.json: prompts\.query is 3; expected a string$/,
  ],
  [
    'a default prompt that is not there',
    SPLADE,
    set(CONFIG, 'default_prompt_name', 'title'),
    /^FOLDER\/config_sentence_transformers\.json: default_prompt_name is "title"; expected the name of one of the prompts, "document", "query"$/,
  ],
  [
    'max_active_dims 0',
    SPLADE,
    set(CONFIG, 'max_active_dims', 0),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is 0; expected more than 0$/,
  ],
  [
    'max_active_dims in words',
    SPLADE,
    set(CONFIG, 'max_active_dims', 'all'),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is "all"; expected a number$/,
  ],
  [
    'max_active_dims beyond the latents',
    'csr',
    set(CONFIG, 'max_active_dims', 65),
    /^FOLDER\/config_sentence_transformers\.json: max_active_dims is 65; expected at most 64, the latents of the model's SparseAutoEncoder$/,
  ],
  [
    'a route without modules',
    'inference-free',
    set('router_config.json', 'query', [], 'structure'),
    /^FOLDER\/router_config\.json: structure\["query"\] .* is \[\]; expected a list of one folder or more$/,
  ],
  [
    'a route with a module of no type',
    'inference-free',
    set('router_config.json', 'query', ['query_1'], 'structure'),
    /^FOLDER\/router_config\.json: structure\["query"\]\[0\] .* is "query_1", which types does not have$/,
  ],
  [
    'a default route that is not there',
    'inference-free',
    set('router_config.json', 'default_route', 'title', 'parameters'),
    /^FOLDER\/router_config\.json: default_route .* is "title"; expected one of the routes "query", "document"$/,
  ],
  [
    'a missing router_config.json',
    'inference-free',
    remove('router_config.json'),
    /^FOLDER has no router_config\.json, which a Router needs$/,
  ],
  [
    'path of a static embedding',
    'inference-free-idf',
    set(`${STATIC}/config.json`, 'path', 3),
    /^FOLDER\/query_0_SparseStaticEmbedding\/config\.json: path .* is 3; expected a path, or null$/,
  ],
  [
    'a path to no map of weights',
    'inference-free-idf',
    set(`${STATIC}/config.json`, 'path', 'no.json'),
    /^FOLDER\/query_0_SparseStaticEmbedding\/config\.json: path is "no\.json"; expected a map of tokens to weights, which is neither in FOLDER\/query_0_SparseStaticEmbedding nor in FOLDER$/,
  ],
  [
    'a weight that is a word',
    'inference-free-idf',
    set('idf.json', 'the', 'heavy'),
    /^FOLDER\/idf\.json: the weight of token "the" is "heavy"; expected a finite number$/,
  ],
];

const TOKENIZERS: readonly Case[] = [
  [
    'is missing',
    SPLADE,
    remove('tokenizer.json'),
    /^FOLDER holds no tokenizer\.json, nor vocab\.txt; in Python, /,
  ],
  [
    'is cut short',
    SPLADE,
    write('tokenizer.json', '{"version": "1.0"'),
    /^FOLDER\/tokenizer\.json, line 1, column 18: the text ends; expected "," or "}"$/,
  ],
  [
    'has words for a vocabulary',
    SPLADE,
    set('tokenizer.json', 'vocab', 'words', 'model'),
    /^FOLDER\/tokenizer\.json: model\.vocab is "words"; expected an object of tokens and their ids$/,
  ],
  [
    'has a limit in words',
    SPLADE,
    set('tokenizer_config.json', 'model_max_length', 'long'),
    /^FOLDER\/tokenizer_config\.json: model_max_length is "long"; expected a number$/,
  ],
];

const WIDTHS: readonly Case[] = [
  [
    'SpladePooling behind hidden states',
    SPLADE,
    (folder) => {
      set('sentence_bert_config.json', 'transformer_task', 'feature-extraction')(folder);
      set('sentence_bert_config.json', 'modality_config', {
        text: { method: 'forward', method_output_name: 'last_hidden_state' },
      })(folder);
    },
    /^FOLDER\/modules\.json: module 1, SpladePooling, takes logits, and the Transformer before it has the transformer_task "feature-extraction"; expected "fill-mask"$/,
  ],
  [
    'SpladePooling of another vocabulary',
    SPLADE,
    set('1_SpladePooling/config.json', 'embedding_dimension', 299),
    /^FOLDER\/modules\.json: module 1, SpladePooling, has the embedding_dimension 299; expected 300, as the module before it makes$/,
  ],
  [
    'SpladePooling of another vocabulary in a router',
    'inference-free',
    set('document_1_SpladePooling/config.json', 'embedding_dimension', 299),
    /^FOLDER\/modules\.json, route "document": module 1, SpladePooling, has the embedding_dimension 299; expected 300/,
  ],
  [
    'Pooling of another width',
    'csr',
    set('1_Pooling/config.json', 'embedding_dimension', 17),
    /^FOLDER\/modules\.json: module 1, Pooling, has the embedding_dimension 17; expected 16, as the module before it makes$/,
  ],
  [
    'Pooling of two modes where one was',
    'csr',
    set('1_Pooling/config.json', 'pooling_mode', ['mean', 'max']),
    /^FOLDER\/modules\.json: module 2, SparseAutoEncoder, has the input_dim 16; expected 32, as the module before it makes$/,
  ],
  [
    'an auto-encoder whose config does not fit its weights',
    'csr',
    set(`${CSR}/config.json`, 'input_dim', 17),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor decoder\.linear\.weight is \[64, 16\]; expected \[64, 17\]; tensor pre_bias is \[16\]; expected \[17\]$/,
  ],
  [
    'a Dense whose config does not fit its weights',
    'csr-deep',
    set('2_Dense/config.json', 'out_features', 13),
    /^FOLDER\/2_Dense\/model\.safetensors: tensor linear\.bias is \[12\]; expected \[13\]/,
  ],
];

const OUTSIDE: readonly Case[] = [
  [
    'modules.json by ..',
    SPLADE,
    set('modules.json', 'path', '../1_SpladePooling', 1),
    /^FOLDER\/modules\.json: module "1": the path "\.\.\/1_SpladePooling" leads out of the model's folder; expected a relative path without "\.\."$/,
  ],
  [
    'modules.json by a path from the root',
    SPLADE,
    set('modules.json', 'path', '/etc', 1),
    /^FOLDER\/modules\.json: module "1": the path "\/etc" leads out of the model's folder/,
  ],
  [
    'modules.json by a drive',
    SPLADE,
    set('modules.json', 'path', 'C:\\models', 1),
    /^FOLDER\/modules\.json: module "1": the path "C:\\\\models" leads out of the model's folder/,
  ],
  [
    'modules.json by a link',
    SPLADE,
    (folder) => {
      renameSync(join(folder, '1_SpladePooling'), join(folder, '..', 'elsewhere'));
      symlinkSync(join('..', 'elsewhere'), join(folder, '1_SpladePooling'));
    },
    /^FOLDER: the path "1_SpladePooling" leads through a link out of the folder/,
  ],
  [
    'router_config.json by ..',
    'inference-free',
    set(
      'router_config.json',
      '../elsewhere',
      'sentence_transformers.base.modules.normalize.Normalize',
      'types',
    ),
    /^FOLDER\/router_config\.json: types .* has the key "\.\.\/elsewhere"; expected a folder inside the model$/,
  ],
  [
    'path of a static embedding by ..',
    'inference-free-idf',
    set(`${STATIC}/config.json`, 'path', '../../idf.json'),
    /^FOLDER\/query_0_SparseStaticEmbedding\/config\.json, path: the path "\.\.\/\.\.\/idf\.json" leads out of the model's folder/,
  ],
  [
    'the index of several weights files by ..',
    'splade-bfloat16-sharded',
    set('model.safetensors.index.json', 'cls.predictions.bias', '../model.safetensors', 'weight_map'),
    /^FOLDER: the path "\.\.\/model\.safetensors" leads out of the model's folder/,
  ],
];

/** How loading a damaged copy ends: the error's class and message, and whether tensors were left behind. */
async function outcomeOf(model: string, damage: (folder: string) => unknown): Promise<string> {
  const folder = copyOfModel(model);
  await damage(folder);
  const before = tf.memory().numTensors;
  const error: unknown = await SparseEncoder.load(folder).catch((reason: unknown) => reason);
  if (!(error instanceof ModelFileError)) return `no ModelFileError: ${String(error)}`;
  const left = tf.memory().numTensors - before;
  return `${error.message.replaceAll(folder, 'FOLDER')}${left === 0 ? '' : ` | ${left} tensors left behind`}`;
}

describe.each([
  ['a folder that', FOLDERS],
  ['weights that', WEIGHT_FILES],
  ['a config with a wrong', KEYS],
  ['a tokenizer that', TOKENIZERS],
  ['modules that do not fit each other:', WIDTHS],
  ['a path that leaves the folder, in', OUTSIDE],
])('is refused: %s', (_, cases) => {
  test.each(cases)('%s', async (_what, model, damage, told) => {
    expect(await outcomeOf(model, damage)).toMatch(told);
  });
});

test('a folder whose replacement was interrupted is loaded from what lies beside it', async () => {
  const folder = copyOfModel(SPLADE);
  renameSync(folder, join(folder, '..', `.${SPLADE}.123-0123abcd.complete`));
  const model = await SparseEncoder.load(folder);
  expect(existsSync(folder)).toBe(true);
  await model.dispose();
});

test('a folder that is not there, and a file, are refused as such', async () => {
  const folder = temporaryFolder();
  await expect(SparseEncoder.load(join(folder, 'a', 'model'))).rejects.toThrow(InputError);
  write('file', '')(folder);
  await expect(SparseEncoder.load(join(folder, 'file'))).rejects.toThrow(
    /is a file; expected the folder of a model/,
  );
});

test('a token that the tokenizer has and the model does not is refused when it comes', async () => {
  const folder = copyOfModel(SPLADE);
  set('tokenizer.json', 'zzz', 300, 'model', 'vocab')(folder);
  const model = await SparseEncoder.load(folder);
  const before = tf.memory().numTensors;
  await expect(model.encode('the zzz')).rejects.toThrow(
    new ModelFileError(
      'the tokenizer gives "zzz" the id 300; the model has 300 tokens: its tokenizer is of another model',
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
    CONFIG,
    'config.json',
    WEIGHTS,
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
  const warnings: string[] = [];
  const previous = setWarningHandler((message) => warnings.push(message));
  onTestFinished(() => void setWarningHandler(previous));
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
  [{ defaultPromptName: 'title' }, 'the model has no prompt "title"; it has "document", "query"'],
])('the option of loading %o is refused', async (options, told) => {
  const before = tf.memory().numTensors;
  await expect(SparseEncoder.load(join(MODELS, SPLADE), options as object)).rejects.toThrow(told);
  expect(tf.memory().numTensors).toBe(before);
});
