import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { ModelFileError } from '../errors.js';
import { copyOfModel } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { readBytes } from './read-bytes.js';

/** Every file that this package itself looks for in a model's folder. */
const FILES = [
  'README.md',
  'merges.txt',
  'vocab.txt',
  'vocab.json',
  'sentencepiece.bpe.model',
  'added_tokens.json',
  'special_tokens_map.json',
  'tokenizer.json',
  'tokenizer_config.json',
  'config.json',
  'config_sentence_transformers.json',
  'sentence_bert_config.json',
  'modules.json',
  'model.safetensors',
  '1_SpladePooling/config.json',
];

async function withInstead(name: string, make: (path: string) => void): Promise<string> {
  const folder = copyOfModel('splade-bert');
  const path = join(folder, name);
  execFileSync('rm', ['-f', path]);
  make(path);
  const error: unknown = await SparseEncoder.load(folder).catch((reason: unknown) => reason);
  return error instanceof ModelFileError
    ? error.message.replaceAll(folder, 'FOLDER')
    : `opened: ${String(error)}`;
}

describe('a file of a model that is loaded', () => {
  it.each(FILES)('%s is not a link out of the folder', async (name) => {
    const secret = join(temporaryFolder(), 'secret');
    writeFileSync(secret, '{}');
    expect(await withInstead(name, (path) => symlinkSync(secret, path))).toMatch(
      /leads through a link out of the folder/,
    );
  });

  it.each(FILES)('%s is neither a named pipe nor a device', async (name) => {
    const pipe = await withInstead(name, (path) => void execFileSync('mkfifo', [path]));
    expect(pipe).toContain(`FOLDER/${name} is not a regular file`);
    expect(await withInstead(name, (path) => symlinkSync('/dev/zero', path))).toMatch(
      /leads through a link out of the folder/,
    );
  });

  it.each(FILES.filter((name) => name !== 'model.safetensors'))('%s is not too large', async (name) => {
    const told = await withInstead(name, (path) => {
      writeFileSync(path, '');
      truncateSync(path, 2 ** 27);
    });
    expect(told).toMatch(/has 134217728 bytes; expected .* of at most \d+$/);
  });
});

describe('readBytes', () => {
  it('follows links within the model, from one module to another', () => {
    const folder = temporaryFolder();
    for (const name of ['a', 'b']) mkdirSync(join(folder, name));
    writeFileSync(join(folder, 'a', 'tokenizer.json'), 'x');
    symlinkSync('../a/tokenizer.json', join(folder, 'b', 'tokenizer.json'));
    const read = (): Uint8Array => readBytes(join(folder, 'b', 'tokenizer.json'), 'tokenizer');
    expect(read).toThrow(/leads through a link out of the folder/);
    writeFileSync(join(folder, 'modules.json'), '[]');
    expect(Buffer.from(read()).toString()).toBe('x');
  });

  it('follows the links of the hub cache from snapshots to blobs', () => {
    const snapshot = join(temporaryFolder(), 'models--a--b', 'snapshots', 'abc');
    const blob = join(dirname(dirname(snapshot)), 'blobs', '0a');
    for (const each of [join(snapshot, 'onnx'), dirname(blob)]) mkdirSync(each, { recursive: true });
    writeFileSync(blob, 'x');
    symlinkSync('../../../blobs/0a', join(snapshot, 'onnx', 'model.onnx'));
    expect(Buffer.from(readBytes(join(snapshot, 'onnx', 'model.onnx'), 'onnx')).toString()).toBe('x');
  });

  it('names a pointer of Git LFS, whatever the kind of file', () => {
    const path = join(temporaryFolder(), 'vocab.txt');
    const pointer = `version https://git-lfs.github.com/spec/v1\noid sha256:${'0'.repeat(64)}\nsize 12\n`;
    writeFileSync(path, pointer);
    expect(readFileSync(path, 'utf8')).toBe(pointer);
    expect(() => readBytes(path, 'tokenList')).toThrow(/is a Git LFS pointer to a file of 12 bytes/);
  });
});
