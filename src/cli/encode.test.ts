// @module-tag slow
import { existsSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test, vi } from 'vitest';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { PAYLOAD_FORMATS, type PayloadFormatName } from '../sparse/payloads/formats.js';
import { rowOf } from '../sparse/row.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { encodeCommands, MODEL, TEXTS, NUMBERS, JSONL } from '../testing/encode-commands.js';
import { copyOfModel, editJson, MODELS } from '../testing/files/damaged-model.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { endOf, runHere, startCommand } from '../testing/run-command.js';

const commands = encodeCommands();
const { encode, encodeHere, inputFile, lines } = commands;

describe('output', () => {
  test.each(Object.keys(PAYLOAD_FORMATS) as PayloadFormatName[])('of the format %s', async (format) => {
    const texts = TEXTS.filter((text) => text !== '');
    const kept = await commands.model.encodeQuery(texts);
    const rows = texts.map((content, row) =>
      PAYLOAD_FORMATS[format].write(
        { ...rowOf(kept, row), columns: kept.columns, id: row, content },
        commands.model.tokenizer,
      ),
    );
    const { code, stdout } = await encodeHere(
      ['--format', format],
      'texts.jsonl',
      texts.map((text) => JSON.stringify(text)).join('\n'),
    );
    expect(stdout).toBe(rows.map((line) => `${line}\n`).join(''));
    expect(code).toBe(0);
  });

  test('a file is written whole, with a report on standard error', async () => {
    const output = join(temporaryFolder(), 'embeddings.jsonl');
    const { code, stdout, stderr } = await encode(['--output', output], JSONL);
    expect(readFileSync(output, 'utf8')).toBe(lines('jsonl', NUMBERS));
    expect(stdout).toBe('');
    expect(stderr).toMatch(
      /^4 rows read, 4 texts encoded \(0 cut, 1 empty\), 0 rows skipped\n.* a second\): .*embeddings\.jsonl\n$/,
    );
    expect(code).toBe(0);
    const again = await encode(['--output', output, '--json', '--force'], JSONL);
    expect(JSON.parse(again.stderr)).toMatchObject({ output, activeDims: expect.any(Number) as number });
  });

  test('a run that fails leaves no file, and a file that was there as it was', async () => {
    const place = temporaryFolder();
    const output = join(place, 'embeddings.jsonl');
    expect(await encode(['--output', output], '"a"\n7\n')).toMatchObject({ code: 2 });
    expect(readdirSync(place)).toEqual([]);
    writeFileSync(output, 'of before');
    expect(await encode(['--output', output, '--force'], '"a"\n7\n')).toMatchObject({ code: 2 });
    expect(readdirSync(place)).toEqual(['embeddings.jsonl']);
    expect(readFileSync(output, 'utf8')).toBe('of before');
  });

  test.skipIf(process.platform === 'win32')('a device stays a device', async () => {
    const link = join(temporaryFolder(), 'null');
    symlinkSync('/dev/null', link);
    expect(await encode(['--output', link], JSONL)).toMatchObject({ code: 0 });
    expect(existsSync(link)).toBe(true);
    expect(readFileSync(link)).toHaveLength(0);
  });

  test.skipIf(!existsSync('/dev/full'))('a disk that is full ends with 3', async () => {
    const { code, stderr } = await encode(['--output', '/dev/full'], JSONL);
    expect(stderr).toMatch(/^\/dev\/full cannot be written: ENOSPC/);
    expect(code).toBe(3);
  });
});

describe('a run that ends early', () => {
  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s ends with %i and leaves what was there', async (signal, code) => {
    const place = temporaryFolder();
    const output = join(place, 'embeddings.jsonl');
    writeFileSync(output, 'of before');
    const command = startCommand(['encode', MODEL, '--output', output, '--force']);
    const ended = endOf(command);
    command.stdin?.write(JSONL);
    await vi.waitUntil(() => readdirSync(place).includes('embeddings.jsonl.partial.json'), 60_000);
    command.kill(signal);
    expect(await ended).toEqual({ code, stdout: '', stderr: '' });
    expect(readdirSync(place)).toEqual(['embeddings.jsonl']);
    expect(readFileSync(output, 'utf8')).toBe('of before');
  });

  test('a reader that has seen enough is not an error', async () => {
    const command = startCommand(['encode', MODEL, '--task', 'query', '--batch-size', '4']);
    const stdin = command.stdin?.on('error', () => undefined);
    const feed = setInterval(() => stdin?.write(JSONL.repeat(500)), 5);
    command.stdout?.once('data', () => command.stdout?.destroy());
    const code = await new Promise((resolve) => command.once('exit', resolve));
    clearInterval(feed);
    expect(code).toBe(0);
  });
});

describe('options of encoding', () => {
  const first = async (args: readonly string[]): Promise<string> =>
    (await runHere(['encode', ...args, '--input', inputFile('tree.jsonl', '"a tree"\n')])).stdout;

  const written = (matrix: SparseMatrix): string =>
    `${PAYLOAD_FORMATS.jsonl.write({ ...rowOf(matrix, 0), columns: matrix.columns, id: 0 }, undefined)}\n`;

  test('are those of the encoder', async () => {
    const path = join(MODELS, 'splade-settings');
    const settings = await SparseEncoder.load(path);
    expect(await first([path])).toBe(written(await settings.encode('a tree')));
    expect(await first([path, '--task', 'query'])).toBe(written(await settings.encodeQuery('a tree')));
    expect(await first([path, '--prompt-name', 'title', '--task', 'document'])).toBe(
      written(await settings.encodeDocument('a tree', { promptName: 'title' })),
    );
    expect(await first([path, '--prompt', '', '--max-active-dims', '3', '--normalize'])).toBe(
      written(await settings.encode('a tree', { prompt: '', maxActiveDims: 3, normalize: true })),
    );
    await settings.dispose();
  });

  test('that the model does not have end with 2', async () => {
    const { code, stderr } = await encodeHere(['--prompt-name', 'title'], 'texts.txt', '"a"\n');
    expect(stderr).toBe('the model has no prompt "title"; it has "query", "document"\n');
    expect(code).toBe(2);
  });

  test('a damaged model ends with 2, its file and key', async () => {
    const damaged = copyOfModel('csr');
    editJson(join(damaged, '2_SparseAutoEncoder', 'config.json'), (config) => {
      config['k'] = 'eight';
    });
    const { code, stderr } = await runHere(['inspect', damaged]);
    expect(stderr).toBe(
      `${damaged}/2_SparseAutoEncoder/config.json: k in the config of SparseAutoEncoder is "eight"; expected a whole number of at least 1\n`,
    );
    expect(code).toBe(2);
  });
});
