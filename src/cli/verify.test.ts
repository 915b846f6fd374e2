import { cpSync, existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { Certificate } from '../export/certificate.js';
import { exported } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { type CommandResult, runHere } from '../testing/run-command.js';

const REFERENCE = modelFixture('splade-bert');

const verify = (path: string, ...options: string[]): Promise<CommandResult> =>
  runHere(['verify', path, '--reference', REFERENCE, ...options]);

/** A copy of an exported folder, which a command may change. */
async function copyOf(model: string): Promise<string> {
  const { folder } = await exported(model, { format: 'dense' });
  const copy = join(temporaryFolder(), 'exported');
  cpSync(folder, copy, { recursive: true });
  return copy;
}

function fileOf(text: string, name = 'texts.jsonl'): string {
  const path = join(temporaryFolder(), name);
  writeFileSync(path, text);
  return path;
}

describe('sparse-encoder verify', () => {
  it('tells what it found, and ends with 0 where the files are right', async () => {
    const folder = await copyOf('splade-bert');
    const { code, stdout, stderr } = await verify(folder);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^1 file compared on 24 texts, \d+\.\d s\n$/);
    expect(stdout).toMatch(/^file +output +verdict +worst error +allowed +support +in band\n/);
    expect(stdout).toMatch(
      /\nonnx\/model\.onnx +dense +passed .*\n\nfile +cosine +MiB\nonnx\/model\.onnx +1\.000000 +0\.1\n/,
    );
    expect(stdout).toMatch(
      /\n24 texts, and 2 pairs for files that take token types; precision fp32,\nonnxruntime-node /,
    );
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
  });

  it('writes a certificate, and prints it', async () => {
    const folder = await copyOf('splade-bert');
    const path = join(temporaryFolder(), 'found.json');
    const texts = fileOf('"a text"\n{"text": "another", "id": 7}\n');
    const { code, stdout } = await verify(folder, '--json', '--certificate', path, '--texts', texts);
    expect(code).toBe(0);
    const certificate = Certificate.parse(JSON.parse(stdout));
    expect(certificate).toMatchObject({ verdict: 'passed', source: REFERENCE, texts: { given: 2 } });
    expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(certificate);
  });

  it('ends with 1 where a file is wrong, and sets it aside if it is to', async () => {
    const folder = await copyOf('splade-sum');
    const file = join(folder, 'onnx', 'model.onnx');
    const path = join(temporaryFolder(), 'found.json');
    const kept = await verify(folder, '--certificate', path);
    expect(kept.code).toBe(1);
    expect(kept.stdout).toMatch(/ failed /);
    expect(kept.stderr).toMatch(/^1 file compared on 24 texts, .*found\.json\n/);
    expect(kept.stderr).toContain(
      `the files do not compute the same as ${REFERENCE}:\nonnx/model.onnx: text `,
    );
    expect(JSON.parse(readFileSync(path, 'utf8'))).toMatchObject({ verdict: 'failed' });
    expect(existsSync(file)).toBe(true);

    const aside = await verify(folder, '--set-aside');
    expect(aside.code).toBe(1);
    expect(aside.stderr).toContain(`the refused files are kept in ${file}.refused:\n`);
    expect([existsSync(file), existsSync(`${file}.refused`)]).toEqual([false, true]);

    const one = await verify(`${file}.refused`, '--set-aside', '--json');
    expect(one.code).toBe(1);
    expect(Certificate.parse(JSON.parse(one.stdout)).verdict).toBe('failed');
    expect(existsSync(`${file}.refused.refused`)).toBe(true);
  });

  it('leaves right files where they are', async () => {
    const folder = await copyOf('splade-bert');
    expect((await verify(folder, '--set-aside')).code).toBe(0);
    expect(existsSync(join(folder, 'onnx', 'model.onnx'))).toBe(true);
  });

  it.each([
    ['no path', ['--reference', REFERENCE], /missing required argument 'path'/],
    ['no reference', ['x'], /required option '--reference <model>' not specified/],
    ['a path that is not there', ['no/such/file', '--reference', REFERENCE], /no\/such\/file does not exist/],
    ['a reference that is not there', ['x', '--reference', 'no/such/model'], /no\/such\/model/],
    ['an unknown precision', ['x', '--reference', REFERENCE, '--precision', 'fp8'], /fp32, fp16, int8/],
    [
      'a route of an encoder without',
      [join(REFERENCE, 'config.json'), '--reference', REFERENCE, '--route', 'x'],
      /the encoder has no routes; leave out --route/,
    ],
    [
      'a route beside a folder',
      [modelFixture('csr'), '--reference', REFERENCE, '--route', 'x'],
      /is a folder, and all its routes are verified; leave out --route/,
    ],
    [
      'a folder without files',
      [modelFixture('csr'), '--reference', REFERENCE],
      /has none of onnx\/model\.onnx/,
    ],
  ])('ends with 2 for %s', async (_what, args, told) => {
    const { code, stdout, stderr } = await runHere(['verify', ...args]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toMatch(told);
  });

  it('ends with 2 for a folder that lacks the file of a route', async () => {
    const folder = await copyOf('inference-free');
    rmSync(join(folder, 'onnx', 'query_model.onnx'));
    const { code, stdout, stderr } = await runHere([
      'verify',
      folder,
      '--reference',
      modelFixture('inference-free'),
    ]);
    expect([code, stdout]).toEqual([2, '']);
    expect(stderr).toContain('lacks onnx/query_model.onnx of the route "query"');
  });

  it('ends with 2 for a damaged file', async () => {
    const { code, stderr } = await verify(fileOf('', 'model.onnx'));
    expect(code).toBe(2);
    expect(stderr).toContain('model.onnx');
  });

  it.each([
    ['', /texts\.jsonl has no texts; expected at least one/],
    ['\n\n', /texts\.jsonl has no texts; expected at least one/],
    ['"a"\n"b"\n{"text": "c"\n', /texts\.jsonl:3:13: not valid JSON/],
    [
      '"a"\n{"words": "b"}\n',
      /texts\.jsonl:2: expected a string, or an object with a string "text"; it has "words"/,
    ],
  ])('ends with 2 for the texts %j', async (text, told) => {
    const { code, stderr } = await verify(modelFixture('splade-bert'), '--texts', fileOf(text));
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
  });

  it('ends with 2 where there is no file of texts', async () => {
    const { code, stderr } = await verify(modelFixture('splade-bert'), '--texts', 'no/such.jsonl');
    expect([code, stderr]).toEqual([2, 'there is no file no/such.jsonl\n']);
  });
});
