import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { loadTransformer } from '../encoder/load-transformer.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { OptionError, UsageError } from '../errors.js';
import { pooling } from '../modules/pooling.js';
import { sparseAutoEncoder } from '../modules/sparse-auto-encoder.js';
import { openModel } from '../testing/encoding.js';
import { encoderOf } from '../testing/exports.js';
import { contents } from '../testing/files/small-folder.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture, WIDTH } from '../testing/new-encoders.js';
import { exportOnnx } from './export-onnx.js';
import type { ExportOptions } from './options.js';

const target = (): string => join(temporaryFolder(), 'exported');

const neighbours = (path: string): string[] => readdirSync(dirname(path));

describe('exportOnnx refuses', () => {
  async function refusal(output: string, options: Partial<ExportOptions> = {}): Promise<unknown> {
    const encoder = await encoderOf('splade-bert');
    return await exportOnnx(encoder, { output, ...options }).catch((error: unknown) => error);
  }

  it('a folder that is there, unless it is to be replaced', async () => {
    const output = target();
    await exportOnnx(await encoderOf('splade-bert'), { output });
    const before = contents(output);
    expect(await refusal(output)).toEqual(
      new UsageError(
        `${output} exists; write to another folder, or replace it (option overwrite, --force on the command line)`,
      ),
    );
    expect(contents(output)).toEqual(before);
    expect(await refusal(output, { force: true })).toMatchObject({ verdict: 'passed' });
    writeFileSync(join(output, 'note.txt'), 'mine');
    expect(await refusal(output, { force: true })).toEqual(
      new UsageError(
        `${output} has "note.txt", which is not part of a model and would be lost; move it, or write to another folder`,
      ),
    );
    expect(existsSync(join(output, 'note.txt'))).toBe(true);
    expect(neighbours(output)).toEqual(['exported']);
  });

  it('a folder of other things, even if it is to be replaced', async () => {
    const output = target();
    mkdirSync(output);
    writeFileSync(join(output, 'thesis.tex'), 'years of work');
    expect(await refusal(output, { force: true })).toBeInstanceOf(UsageError);
    expect(readdirSync(output)).toEqual(['thesis.tex']);
  });

  it.each([
    ['int8', 'sparse'],
    ['fp16', 'dense'],
    ['fp32', 'logits'],
    ['fp32', 'all'],
  ] as const)('the target cpu for %s and %s', async (precision, format) => {
    const output = target();
    expect(await refusal(output, { target: 'cpu', precision, format })).toEqual(
      new UsageError(
        `target cpu is for precision fp32 and formats sparse and dense, not for ${precision} and ${format}: int8 computes with integers everywhere, and a graph that gives all logits has to compute them`,
      ),
    );
    expect(existsSync(output)).toBe(false);
  });

  it('a git checkout', async () => {
    const output = target();
    mkdirSync(join(output, '.git'), { recursive: true });
    mkdirSync(join(output, 'onnx'));
    expect(await refusal(output, { force: true })).toEqual(
      new UsageError(`${output} is a git checkout, which would be lost; write elsewhere and copy the files`),
    );
    expect(readdirSync(output)).toEqual(['.git', 'onnx']);
  });

  it.each(['', '/'])('a link, written with "%s" at its end', async (end) => {
    const output = target();
    const elsewhere = temporaryFolder();
    symlinkSync(elsewhere, output);
    expect(await refusal(`${output}${end}`, { force: true })).toEqual(
      new UsageError(`${output} is a link; expected the folder itself, so that nothing elsewhere is written`),
    );
    expect(readdirSync(elsewhere)).toEqual([]);
  });

  it.each([
    [{ opset: 16 }, /opset is 16; .*from 17 to 23/],
    [{ opset: 24 }, /opset is 24/],
    [{ format: 'both' }, /format/],
    [{ maxActiveDims: 0 }, /maxActiveDims is 0/],
    [{ verify: 'a text' }, /verify/],
    [{ output: '' }, /output/],
    [{ outputs: 'x' }, /outputs/],
  ])('the options %j', async (options, told) => {
    const error = await refusal(target(), options as Partial<ExportOptions>);
    expect(error).toBeInstanceOf(OptionError);
    expect(String(error)).toMatch(told);
  });

  it('more active dimensions than CSR has latents', async () => {
    const output = target();
    await expect(exportOnnx(await encoderOf('csr'), { output, maxActiveDims: 65 })).rejects.toThrow(
      /65; expected at most 64/,
    );
    expect(neighbours(output)).toEqual([]);
  });

  it.each([
    [
      'csr',
      'Transformer is not a masked language model here and has no logits; export as sparse, dense or all',
    ],
    ['inference-free', 'SparseStaticEmbedding is not a masked language model'],
  ])('logits of %s', async (name, told) => {
    const output = target();
    await expect(exportOnnx(await encoderOf(name), { output, format: 'logits' })).rejects.toThrow(told);
    expect(neighbours(output)).toEqual([]);
  });
});

describe('Pooling that leaves out the prompt', () => {
  async function withoutPrompt(
    prompts: Record<string, string>,
    defaultPromptName?: string,
  ): Promise<SparseEncoder> {
    return SparseEncoder.fromModules(
      [
        await loadTransformer(modelFixture('encoder-checkpoint')),
        pooling({ embeddingDimension: WIDTH, includePrompt: false }),
        sparseAutoEncoder({ inputDim: WIDTH, hiddenDim: 32, k: 4, kAux: 8 }, 1),
      ],
      { prompts, ...(defaultPromptName !== undefined && { defaultPromptName }) },
    );
  }

  it('is not exported with a prompt', async () => {
    const encoder = await withoutPrompt({ title: 'a name: ' }, 'title');
    await expect(exportOnnx(encoder, { output: target() })).rejects.toThrow(
      /Pooling leaves out the tokens of the prompt "a name: "/,
    );
    await encoder.dispose();
  });

  it('is exported without one, and takes none then', async () => {
    const encoder = await withoutPrompt({ query: 'search: ' });
    const output = target();
    await exportOnnx(encoder, { output });
    const loaded = await openModel('', output);
    await expect(loaded.encodeQuery('a text')).rejects.toThrow(/Pooling leaves out the tokens of a prompt/);
    expect(await loaded.encodeDocument('a text')).toEqual(await encoder.encodeDocument('a text'));
    await encoder.dispose();
  });
});
