import { mkdirSync, renameSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { type DamageCase, refuses, remove, set, write } from '../testing/files/damages.js';

beforeAll(() => setEngine('onnx'));

const SPLADE = 'splade-bert';
const CSR = '2_SparseAutoEncoder';
const STATIC = 'query_0_SparseStaticEmbedding';

const FOLDERS: readonly DamageCase[] = [
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
    /^FOLDER has no config\.json, which a Transformer needs$/,
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
    /^FOLDER\/modules\.json is not a regular file; expected JSON$/,
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
    /^FOLDER\/config\.json: model_type is "t5"; expected one of albert, bert, camembert, deberta-v2, distilbert, electra, gte, modernbert, mpnet, new, roberta, xlm-roberta$/,
  ],
  [
    'makes no embedding',
    SPLADE,
    write('modules.json', '[{"name": "0", "path": "", "type": "sentence_transformers.models.Transformer"}]'),
    /^FOLDER\/modules\.json: none of the modules \(Transformer\) makes an embedding of a text; expected one of .*SpladePooling/,
  ],
];

const TOKENIZERS: readonly DamageCase[] = [
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

const WIDTHS: readonly DamageCase[] = [
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
    'Pooling of two modes where one was',
    'csr',
    set('1_Pooling/config.json', 'pooling_mode', ['mean', 'max']),
    /^FOLDER\/modules\.json: module 2, SparseAutoEncoder, has the input_dim 16; expected 32, the width from the module before it$/,
  ],
  [
    'an auto-encoder whose config does not fit its weights',
    'csr',
    set(`${CSR}/config.json`, 'input_dim', 17),
    /^FOLDER\/2_SparseAutoEncoder\/model\.safetensors: tensor pre_bias is \[16\]; expected \[17\]; tensor decoder\.linear\.weight is \[64, 16\]; expected \[64, 17\]$/,
  ],
  [
    'a Dense whose config does not fit its weights',
    'csr-deep',
    set('2_Dense/config.json', 'out_features', 13),
    /^FOLDER\/2_Dense\/model\.safetensors: tensor linear\.weight is \[12, 16\]; expected \[13, 16\]; tensor linear\.bias is \[12\]; expected \[13\]$/,
  ],
];

const OUTSIDE: readonly DamageCase[] = [
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

refuses('a folder that', FOLDERS);
refuses('a tokenizer that', TOKENIZERS);
refuses('modules that do not fit each other:', WIDTHS);
refuses('a path that leaves the folder, in', OUTSIDE);
