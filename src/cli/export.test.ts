import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { Certificate } from '../export/certificate.js';
import { readOnnxFile } from '../onnx/read.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { type CommandResult, runHere } from '../testing/run-command.js';

const exporting = (model: string, output: string, ...options: string[]): Promise<CommandResult> =>
  runHere(['export', modelFixture(model), '--output', output, ...options]);

const target = (): string => join(temporaryFolder(), 'exported');

describe('sparse-encoder export', () => {
  it('writes a folder, and says what was found out about it', async () => {
    const output = target();
    const { code, stdout, stderr } = await exporting('splade-bert', output);
    expect(code).toBe(0);
    expect(stderr).toMatch(/^\d+ files of 0\.\d MiB written, \d+\.\d s: .*exported\n$/);
    expect(stdout).toMatch(/\nonnx\/model\.onnx +sparse +passed /);
    expect(stdout.endsWith(`\n${output}\n`)).toBe(true);
    expect(readFileSync(join(output, 'README.md'), 'utf8')).toContain('# splade-bert as ONNX');
    const again = await exporting('splade-bert', output);
    expect([again.code, again.stdout]).toEqual([2, '']);
    expect(again.stderr).toContain(`${output} exists`);
  });

  it('hands on its options', async () => {
    const output = target();
    const texts = join(temporaryFolder(), 'texts.txt');
    writeFileSync(texts, 'one\ntwo\nthree\n');
    const options = [
      '--format',
      'all',
      '--opset',
      '20',
      '--max-active-dims',
      '9',
      '--verify',
      texts,
      '--json',
    ];
    const { code, stdout } = await exporting('csr', output, ...options);
    expect(code).toBe(0);
    expect(Certificate.parse(JSON.parse(stdout))).toMatchObject({
      verdict: 'passed',
      source: 'csr',
      format: 'all',
      opset: 20,
      texts: { given: 3 },
    });
    const { metadata, opset } = readOnnxFile(join(output, 'onnx', 'model.onnx'));
    expect([metadata['sparse_encoder.max_active_dims'], opset]).toEqual(['9', 20]);
  });

  it.each([
    ['no output', ['export', 'x'], /required option '--output <folder>' not specified/],
    ['an unknown format', ['export', 'x', '--output', 'y', '--format', 'z'], /sparse, dense, logits, all/],
    ['an operator set that is not a number', ['export', 'x', '--output', 'y', '--opset', 'new'], /opset/],
  ])('ends with 2 for %s', async (_what, args, told) => {
    const { code, stderr } = await runHere(args);
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
  });

  it.each([
    ['--opset', '99', /opset is 99; exportOnnx|opset/],
    ['--verify', 'no/such.jsonl', /there is no file no\/such\.jsonl/],
  ])('ends with 2 for %s %s, and writes nothing', async (name, value, told) => {
    const output = target();
    const { code, stderr } = await exporting('splade-bert', output, name, value);
    expect(code).toBe(2);
    expect(stderr).toMatch(told);
    expect(existsSync(output)).toBe(false);
  });

  it('compares the files with what the engine that is asked for computes', async () => {
    const output = target();
    const { code } = await exporting('splade-bert', output, '--engine', 'cpu');
    expect(code).toBe(0);
    expect(existsSync(join(output, 'onnx', 'model.onnx'))).toBe(true);
    await setEngine('onnx');
  });
});
