import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ModelFileError } from '../errors.js';
import { findReferencePython } from '../python/environment.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { formatModuleConfig } from './folder/module-config.js';
import { formatModulesJson, readModulesJson } from './folder/modules-json.js';
import {
  formatSentenceTransformersConfig,
  readSentenceTransformersConfig,
} from './folder/sentence-transformers-config.js';
import { parseJson } from './json/parse-json.js';
import { pythonJson } from './json/python-json.js';
import { readWeights } from './safetensors/read-weights.js';
import { readSafetensors, type Safetensors } from './safetensors/read.js';
import { type TensorToStore, writeSafetensors } from './safetensors/write.js';

const python = findReferencePython();

function runPython(folder: string, program: string): string {
  const { status, stdout, stderr } = spawnSync(python ?? '', ['-c', program], {
    cwd: folder,
    encoding: 'utf8',
  });
  if (status !== 0) throw new Error(stderr);
  return stdout;
}

const bits = (array: Float32Array | Int32Array | Uint8Array | undefined): string =>
  array === undefined ? 'missing' : createHash('sha256').update(array).digest('hex');

function bitsOfAll({ tensors }: Safetensors): Record<string, unknown> {
  return Object.fromEntries(
    [...tensors.values()].map(({ name, shape, values }) => [name, [shape, bits(values())]]),
  );
}

/** Every kind of float32: normal, subnormal, infinite, beyond float16, NaN. */
const floats = Float32Array.from({ length: 3000 }, (_, i) =>
  Math.fround(Math.sin(i) * 2 ** ((i % 300) - 150)),
);
floats.set([
  0,
  -0,
  Infinity,
  -Infinity,
  Number.NaN,
  65519.99,
  65520,
  2 ** -24,
  2 ** -25,
  2 ** -149,
  2049,
  2051,
]);
const counts = Int32Array.of(0, -1, 2 ** 31 - 1, -(2 ** 31), 7);
const tensors: TensorToStore[] = [
  { name: 'b.weight', shape: [3, 1000], dtype: 'float32', values: floats },
  { name: 'é\n"\u{1f600}', shape: [5], dtype: 'int32', values: counts },
  { name: '\uff5e', shape: [], dtype: 'float32', values: Float32Array.of(1.5) },
  { name: 'A', shape: [0, 2], dtype: 'float32', values: new Float32Array() },
];

const LOAD = `
import hashlib, json, torch
from safetensors.torch import load_file, save_file
def bits(t): return hashlib.sha256(t.contiguous().flatten().view(torch.uint8).numpy().tobytes()).hexdigest()
def dump(path, floats=lambda t: t.float(), ints=lambda t: t.int()):
    return {k: [list(t.shape), bits(floats(t) if t.is_floating_point() else ints(t))] for k, t in load_file(path).items()}
`;

describe.runIf(python !== undefined)('safetensors files', () => {
  it('of ours are byte for byte those that Python writes, as F32 and as F16', async () => {
    const folder = temporaryFolder();
    await writeSafetensors(join(folder, 'f32'), tensors);
    await writeSafetensors(join(folder, 'f16'), tensors, { dtype: 'F16' });
    const bare = tensors.filter(({ dtype }) => dtype === 'float32');
    await writeSafetensors(join(folder, 'bare'), bare, { metadata: {} });
    runPython(
      folder,
      `${LOAD}
f32 = load_file('f32')
save_file(f32, 'f32.theirs', {'format': 'pt'})
save_file({k: t.half() if t.is_floating_point() else t for k, t in f32.items()}, 'f16.theirs', {'format': 'pt'})
save_file(load_file('bare'), 'bare.theirs')
`,
    );
    for (const name of ['f32', 'bare', 'f16']) {
      const [ours, theirs] = [readFileSync(join(folder, name)), readFileSync(join(folder, `${name}.theirs`))];
      expect(ours.length).toBe(theirs.length);
      const different = [...ours.keys()].filter((at) => ours[at] !== theirs[at]);
      expect(different, name).toEqual([]);
    }
  });

  it('of ours hold in Python the bits that they were given', async () => {
    const folder = temporaryFolder();
    await writeSafetensors(join(folder, 'w'), tensors);
    const given = tensors.map(({ name, shape, values }) => [
      name,
      [shape, bits(typeof values === 'function' ? undefined : values)],
    ]);
    const found: unknown = JSON.parse(runPython(folder, `${LOAD}\nprint(json.dumps(dump('w')))`));
    expect(found).toEqual(Object.fromEntries(given));
  });

  it('of Python are read bit for bit: F32, F16, BF16, F64, I64, I32, U8, BOOL', () => {
    const folder = temporaryFolder();
    const theirs: unknown = JSON.parse(
      runPython(
        folder,
        `${LOAD}
every16 = torch.arange(65536, dtype=torch.int32).to(torch.uint16)
def numbers(dtype): return every16.view(dtype)[~every16.view(dtype).isnan()]  # PyTorch quiets signalling NaN
save_file({
    'f32': torch.randn(7, 3), 'f64': torch.randn(1000, dtype=torch.float64) * 1e30 ** torch.randn(1000, dtype=torch.float64),
    'f16': numbers(torch.float16), 'bf16': numbers(torch.bfloat16),
    'i64': torch.tensor([[1, -2], [2**31 - 1, -2**31]]), 'i32': torch.tensor([-5, 6], dtype=torch.int32),
    'u8': torch.tensor([0, 255], dtype=torch.uint8), 'bool': torch.tensor([True, False, True]), 'scalar': torch.tensor(2.5),
}, 'w')
print(json.dumps(dump('w', ints=lambda t: t.int() if t.dtype == torch.int64 else t)))
`,
      ),
    );
    expect(bitsOfAll(readSafetensors(join(folder, 'w')))).toEqual(theirs);
  });

  it('converted from pickled weights by the snippet of the error message hold the same bits', () => {
    const folder = temporaryFolder();
    const theirs: unknown = JSON.parse(
      runPython(
        folder,
        `${LOAD}
tied = torch.randn(3, 2)
state = {'a': tied, 'b': tied, 'c': torch.randn(4, 4).T}
torch.save(state, 'pytorch_model.bin')
print(json.dumps({k: [list(t.shape), bits(t)] for k, t in state.items()}))
`,
      ),
    );
    const message = messageOf(() => readWeights(folder));
    runPython(folder, message.split('\n').slice(1).join('\n'));
    expect(bitsOfAll(readWeights(folder))).toEqual(theirs);
  });
});

describe.runIf(python !== undefined)('a model that the reference saved', () => {
  let folder = '';
  let weights: unknown;

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-files-'));
    const output = runPython(
      folder,
      `${LOAD}
import os
from transformers import BertConfig, BertForMaskedLM, BertTokenizerFast
from sentence_transformers import SparseEncoder
from sentence_transformers.sparse_encoder.modules import SparseAutoEncoder
open('vocab.txt', 'w').write('\\n'.join(['[PAD]', '[UNK]', '[CLS]', '[SEP]', '[MASK]', 'a', 'b']))
config = BertConfig(vocab_size=7, hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=32, max_position_embeddings=32)
model = BertForMaskedLM(config)
model.save_pretrained('base')
BertTokenizerFast('vocab.txt').save_pretrained('base')
model.save_pretrained('sharded', max_shard_size='4KB')
encoder = SparseEncoder('base', prompts={'query': '\\u00e9\\u2028\\U0001F600"\\x7f: '}, default_prompt_name='query', max_active_dims=64)
encoder.save('splade')
os.makedirs('csr')
SparseAutoEncoder(8, 16, k=2, k_aux=4, dead_threshold=3).save('csr')
print(json.dumps(dump('base/model.safetensors')))
`,
    );
    weights = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is read bit for bit from several shards and from one file', () => {
    expect(bitsOfAll(readWeights(join(folder, 'sharded')))).toEqual(weights);
    expect(bitsOfAll(readWeights(join(folder, 'splade')))).toEqual(weights);
    expect(readWeights(join(folder, 'splade')).metadata.get('format')).toBe('pt');
  });

  it('has descriptions that are written again byte for byte', () => {
    const text = (name: string): string => readFileSync(join(folder, 'splade', name), 'utf8');
    const modules = readModulesJson(join(folder, 'splade')) ?? [];
    expect(modules.map(({ path }) => path)).toEqual(['', '1_SpladePooling']);
    expect(formatModulesJson(modules)).toBe(text('modules.json'));
    const config = readSentenceTransformersConfig(join(folder, 'splade')) ?? {};
    expect(config.max_active_dims).toBe(64);
    expect(formatSentenceTransformersConfig(config)).toBe(text('config_sentence_transformers.json'));
    for (const name of [
      'splade/1_SpladePooling/config.json',
      'csr/config.json',
      'splade/sentence_bert_config.json',
    ]) {
      const json = readFileSync(join(folder, name), 'utf8');
      expect(formatModuleConfig(parseJson(json, name) as Record<string, unknown>)).toBe(json);
    }
  });

  it('has an auto-encoder whose weights are written again byte for byte', async () => {
    const path = join(folder, 'csr', 'model.safetensors');
    const { tensors: stored, metadata } = readWeights(join(folder, 'csr'));
    expect(Object.fromEntries(metadata)).toEqual({ 'encoder.weight': 'decoder.linear.weight' });
    const again = [...stored.values()].map(({ name, shape, dtype, values }): TensorToStore => {
      const array = values();
      if (array instanceof Uint8Array) throw new TypeError(`${name} is ${dtype}`);
      return { name, shape, dtype: array instanceof Int32Array ? 'int32' : 'float32', values: array };
    });
    await writeSafetensors(join(folder, 'again'), again.toReversed(), {
      metadata: Object.fromEntries(metadata),
    });
    expect(readFileSync(join(folder, 'again')).equals(readFileSync(path))).toBe(true);
  });
});

describe.runIf(python !== undefined)('JSON', () => {
  it('is written as by json.dump, for texts, numbers and nesting', () => {
    const folder = temporaryFolder();
    const numbers = Array.from({ length: 2000 }, (_, i) => Math.sin(i) * 10 ** ((i % 60) - 30)).filter(
      (x) => !Number.isInteger(x),
    );
    const value = {
      texts: ['\u0000\b\u007f\u0080\u{10ffff}é"\\/', '\ud800'],
      é: { z: [], a: {}, '\uff5e': null, '\u{1f600}': true },
      numbers,
      whole: [0, -1, 2 ** 53 - 1],
    };
    writeFileSync(join(folder, 'in.json'), JSON.stringify(value));
    runPython(
      folder,
      "import json; json.dump(json.load(open('in.json', encoding='utf8')), open('out.json', 'w'), indent=2, sort_keys=True)",
    );
    expect(pythonJson(value, { indent: 2, sortKeys: true })).toBe(
      readFileSync(join(folder, 'out.json'), 'utf8'),
    );
  });
});

function messageOf(call: () => unknown): string {
  try {
    call();
  } catch (error) {
    if (error instanceof ModelFileError) return error.message;
    throw error;
  }
  throw new Error('nothing was thrown');
}
