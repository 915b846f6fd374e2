import { mkdirSync, readFileSync, renameSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { type DamageCase, json, refuses, remove, set, write } from '../testing/files/damages.js';

beforeAll(() => setEngine('cpu'));

const SPLADE = 'splade-bert';
const WEIGHTS = 'model.safetensors';

const pointer = (size: number): string =>
  `version https://git-lfs.github.com/spec/v1\noid sha256:${'0a'.repeat(32)}\nsize ${size}\n`;

const all =
  (...changes: ((folder: string) => unknown)[]) =>
  (folder: string): void => {
    for (const change of changes) change(folder);
  };

/** Removes the weights and writes another file instead. */
const instead = (name: string): DamageCase[2] => all(remove(WEIGHTS), write(name, 'x'));

const bare = all(remove('modules.json'), remove('config.json'));

const POINTERS: readonly DamageCase[] = (
  [
    [SPLADE, WEIGHTS],
    [SPLADE, 'tokenizer.json'],
    [SPLADE, 'config.json'],
    ['splade-bfloat16-sharded', 'model.safetensors.index.json'],
    ['splade-bfloat16-sharded', 'model-00001-of-00003.safetensors'],
    ['csr', '2_SparseAutoEncoder/model.safetensors'],
    ['inference-free-idf', 'idf.json'],
  ] as const
).map(([model, file]) => [
  `${file} of ${model}`,
  model,
  write(file, pointer(437_951_328)),
  new RegExp(
    `^FOLDER/${file} is a Git LFS pointer to a file of 437951328 bytes, not that file; run "git lfs pull" in its repository, or download the file$`,
  ),
]);

const ADAPTER = write('adapter_config.json', '{"peft_type": "LORA", "base_model_name_or_path": "./base"}');

const FOLDERS: readonly DamageCase[] = [
  [
    'a PEFT adapter',
    SPLADE,
    all(bare, instead('adapter_model.safetensors'), ADAPTER),
    /^FOLDER\/adapter_config\.json: the model of base_model_name_or_path cannot be opened: there is no folder \.\/base/,
  ],
  [
    'a PEFT adapter with modules',
    SPLADE,
    all(remove('config.json'), instead('adapter_model.safetensors'), ADAPTER),
    /^FOLDER\/adapter_config\.json: the model of base_model_name_or_path cannot be opened: there is no folder \.\/base/,
  ],
  [
    'a PEFT adapter with a config',
    SPLADE,
    instead('adapter_model.safetensors'),
    /^FOLDER holds no weights; expected .*: adapter_model\.safetensors holds a PEFT adapter without its adapter_config\.json/,
  ],
  ['GGUF', SPLADE, all(bare, instead('q8.gguf')), /: q8\.gguf is a model in GGUF, .* not supported/],
  [
    'weights of TensorFlow',
    SPLADE,
    instead('tf_model.h5'),
    /holds no weights; .*: tf_model\.h5 holds weights of TensorFlow; load/,
  ],
  [
    'weights of Flax',
    SPLADE,
    instead('flax_model.msgpack'),
    /holds no weights; .*: flax_model\.msgpack holds weights of Flax; load/,
  ],
  [
    'a graph alone',
    SPLADE,
    instead('model.onnx'),
    /holds no weights; .*: model\.onnx is a graph of another exporter's/,
  ],
  [
    'OpenVINO alone',
    SPLADE,
    all(remove(WEIGHTS), (folder) => mkdirSync(join(folder, 'openvino'))),
    /holds no weights; .*: openvino is a graph/,
  ],
  [
    'a download that was not finished',
    SPLADE,
    (folder) => renameSync(join(folder, WEIGHTS), join(folder, `${WEIGHTS}.incomplete`)),
    /holds no weights; .*: model\.safetensors\.incomplete is a download that was not finished; download the model again$/,
  ],
  [
    'an archive',
    SPLADE,
    all(bare, instead('model.tar.gz')),
    /: model\.tar\.gz is an archive; unpack it first$/,
  ],
  [
    'an unpacked archive around a model',
    SPLADE,
    (folder) => inside(folder, 'model'),
    /^FOLDER has neither .*: its folder model holds a model; open that$/,
  ],
  [
    'the output of a training',
    SPLADE,
    (folder) => inside(folder, 'checkpoint-500'),
    /^FOLDER has neither .*: it holds checkpoints of a training; open one of them, such as checkpoint-500$/,
  ],
  [
    "a repository of the hub's cache",
    SPLADE,
    (folder) => inside(folder, `snapshots/${'0'.repeat(40)}`),
    /: it is a repository in the hub's cache; open one of its snapshots, such as snapshots\/0{40}, or the model by its id$/,
  ],
];

/** Moves the model's config into an inner folder, so that nothing else tells what the model is. */
function inside(folder: string, inner: string): void {
  const config = readFileSync(join(folder, 'config.json'));
  rmSync(folder, { recursive: true });
  mkdirSync(join(folder, inner), { recursive: true });
  writeFileSync(join(folder, inner, 'config.json'), config);
}

const withoutTokenizer = (name: string): DamageCase[2] =>
  all(remove('tokenizer.json'), set('tokenizer_config.json', 'tokenizer_class', name));

const TOKENIZERS: readonly DamageCase[] = [
  [
    'BertJapaneseTokenizer',
    SPLADE,
    all(withoutTokenizer('BertJapaneseTokenizer'), write('vocab.txt', '[PAD]\n')),
    /^FOLDER: its tokenizer is a BertJapaneseTokenizer, which works with a morphological analyser \(MeCab, Sudachi or Juman\+\+\) in Python and has no tokenizer\.json; it is not supported$/,
  ],
  [
    'BertweetTokenizer',
    SPLADE,
    withoutTokenizer('BertweetTokenizer'),
    /is a BertweetTokenizer, which works with rules/,
  ],
  [
    'XLMTokenizer',
    SPLADE,
    withoutTokenizer('XLMTokenizer'),
    /is a XLMTokenizer, which works with the rules of Moses/,
  ],
];

const CUT: readonly DamageCase[] = [
  [
    'a shard',
    'splade-bfloat16-sharded',
    (folder) => truncateSync(join(folder, 'model-00001-of-00003.safetensors'), 900),
    /model-00001-of-00003\.safetensors/,
  ],
  [
    'an architecture that generates texts',
    SPLADE,
    json('config.json', (config) => (config['model_type'] = 't5')),
    /^FOLDER\/config\.json: model_type is "t5"/,
  ],
];

refuses('a Git LFS pointer for', POINTERS);
refuses('a folder with', FOLDERS);
refuses('a tokenizer of the class', TOKENIZERS);
refuses('what is cut short or made for something else:', CUT);
