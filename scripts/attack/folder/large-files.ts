import { closeSync, openSync, readFileSync, truncateSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import type { Damage } from './refuses.js';

export interface LargeFile {
  readonly name: string;
  readonly what: string;
  readonly bytes: number;
  readonly damage: Damage;
}

const MB = 1_000_000;
const BERT = 'splade-bert';

/** A text of many equal parts, written to a file a megabyte at a time. */
function fill(path: string, start: string, part: string, end: string, bytes: number): void {
  const file = openSync(path, 'w');
  writeSync(file, start);
  const chunk = part.repeat(Math.max(1, Math.floor(MB / part.length)));
  for (let size = 0; size < bytes; size += chunk.length) writeSync(file, chunk);
  writeSync(file, end);
  closeSync(file);
}

const json =
  (file: string, part: string, bytes: number) =>
  (folder: string): void =>
    fill(join(folder, file), '[', part, '1]', bytes);

const large = (
  name: string,
  bytes: number,
  apply: Damage['apply'],
  told: RegExp,
  model = BERT,
): LargeFile => ({
  name,
  what: `a model with ${name}`,
  bytes,
  damage: { model, apply, told },
});

/** A sparse file of zeros, which takes no space on disk. */
const zeros =
  (file: string, bytes: number) =>
  (folder: string): void => {
    writeFileSync(join(folder, file), '');
    truncateSync(join(folder, file), bytes);
  };

function manyModules(folder: string): void {
  const module = { type: 'sentence_transformers.models.Normalize' };
  const modules = Array.from({ length: 1000 }, (_, idx) => ({ idx, name: String(idx), path: '', ...module }));
  writeFileSync(join(folder, 'modules.json'), JSON.stringify(modules));
}

/** Wide enough for the auto-encoder of a dense model to take gigabytes. */
function wideDense(folder: string): void {
  const dimension = 20_000;
  const header = JSON.stringify({
    'linear.weight': { dtype: 'F32', shape: [dimension, 16], data_offsets: [0, dimension * 64] },
    'linear.bias': { dtype: 'F32', shape: [dimension], data_offsets: [dimension * 64, dimension * 68] },
  });
  const bytes = Buffer.alloc(8 + header.length + dimension * 68);
  bytes.writeBigUInt64LE(BigInt(header.length));
  bytes.write(header, 8);
  const config = {
    in_features: 16,
    out_features: dimension,
    bias: true,
    activation_function: 'torch.nn.modules.linear.Identity',
  };
  writeFileSync(join(folder, '2_Normalize', 'config.json'), JSON.stringify(config));
  writeFileSync(join(folder, '2_Normalize', 'model.safetensors'), bytes);
  const modules = readFileSync(join(folder, 'modules.json'), 'utf8');
  writeFileSync(
    join(folder, 'modules.json'),
    modules.replace(/[\w.]+\.Normalize/, 'sentence_transformers.models.Dense'),
  );
}

const emptyTensors =
  (count: number) =>
  (folder: string): void => {
    const tensors = Array.from(
      { length: count },
      (_, index) => `"t${index}":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}`,
    );
    const header = `{${tensors.join(',')}}`;
    const bytes = Buffer.alloc(8 + header.length);
    bytes.writeBigUInt64LE(BigInt(header.length));
    bytes.write(header, 8);
    writeFileSync(join(folder, 'model.safetensors'), bytes);
  };

export const LARGE_FILES: readonly LargeFile[] = [
  large('10 MB of ones as modules.json', 10 * MB, json('modules.json', '1,', 10 * MB), /has 10000003 bytes/),
  large('1 MB of ones as modules.json', MB, json('modules.json', '1,', MB / 2), /at most 10000 values/),
  large('1,000 modules', 60_000, manyModules, /at most 64 entries/),
  large('3 MB of lists as config.json', 3 * MB, json('config.json', '[],', 3 * MB), /at most 200000 values/),
  large(
    '60 MB of lists as tokenizer.json',
    60 * MB,
    json('tokenizer.json', '[],', 59 * MB),
    /at most 6000000 values/,
  ),
  large(
    '10 MB of lists as tokenizer.json',
    10 * MB,
    json('tokenizer.json', '[],', 10 * MB),
    /expected an object/,
  ),
  large(
    'a million wrong added tokens',
    2 * MB,
    (folder) => fill(join(folder, 'tokenizer.json'), '{"added_tokens":[', '1,', '1]}', 2 * MB),
    /at most 20000 entries/,
  ),
  large(
    '100 MB of numbers as idf.json',
    100 * MB,
    json('idf.json', '1,', 100 * MB),
    /has 100000003 bytes/,
    'inference-free-idf',
  ),
  large(
    '490,000 tokens in idf.json',
    5 * MB,
    (folder) =>
      writeFileSync(
        join(folder, 'idf.json'),
        `{${Array.from({ length: 490_000 }, (_, index) => `"x${index}":1`).join(',')},"last":null}`,
      ),
    /"last" is null/,
    'inference-free-idf',
  ),
  large('1.2 million empty tensors', 71 * MB, emptyTensors(1_200_000), /a header of 70888891 bytes/),
  large('500,000 empty tensors', 29 * MB, emptyTensors(500_000), /at most 1000000 values/),

  large('a dense model of 20,000 dimensions', 3 * MB, wideDense, /1600000000 new parameters/, 'dense'),
  ...['README.md', 'vocab.txt', 'merges.txt', 'sentencepiece.bpe.model', 'added_tokens.json'].map((file) =>
    large(`10 GB as ${file}`, 0, zeros(file, 10_000 * MB), /has 10000000000 bytes/),
  ),
];
