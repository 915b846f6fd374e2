// @module-tag slow
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { exportOnnx, SparseEncoder } from '../../../src/index.js';
import { packageRoot } from '../../../src/package-root.js';
import { temporaryFolder } from '../../../src/testing/files/temporary-folder.js';
import { buildSite } from './build-site.js';

const MODELS = join(packageRoot(), 'fixtures', 'models');

async function exported(name: string): Promise<string> {
  const encoder = await SparseEncoder.load(join(MODELS, name));
  const output = join(temporaryFolder(), name);
  await exportOnnx(encoder, { output, format: 'dense' });
  await encoder.dispose();
  return output;
}

function readSite(folder: string): unknown {
  return JSON.parse(readFileSync(join(folder, 'site.json'), 'utf8'));
}

it('puts the page, the runtime and the model into a folder, and replaces them', async () => {
  const [model, output] = [await exported('splade-bert'), temporaryFolder()];
  await buildSite(model, output);
  await buildSite(model, output);
  const files = readdirSync(output, { recursive: true });
  expect(files).toEqual(
    expect.arrayContaining(
      [
        'index.html',
        'main.js',
        'style.css',
        'worker.js',
        'model/onnx/model.onnx',
        'model/tokenizer.json',
      ].map((file) => join(file)),
    ),
  );
  expect(readFileSync(join(output, 'index.html'), 'utf8')).toContain('main.js');
  expect(readSite(output)).toMatchObject({
    name: 'splade-bert',
    graphs: [
      {
        model: 'model/onnx/model.onnx',
        tokenizer: 'model/',
        format: 'dense',
        maxLength: 32,
        hasTokens: true,
      },
    ],
  });
});

it('has both graphs of a model that treats queries and documents differently', async () => {
  const output = temporaryFolder();
  await buildSite(await exported('inference-free'), output);
  expect(readSite(output)).toMatchObject({
    graphs: [
      { task: 'query', tokenizer: 'model/query_0_SparseStaticEmbedding/', addSpecialTokens: false },
      { task: 'document', tokenizer: 'model/document_0_Transformer/', addSpecialTokens: true },
    ],
  });
});

it('deletes nothing but a page', async () => {
  const output = temporaryFolder();
  writeFileSync(join(output, 'letter.txt'), 'mine');
  await expect(buildSite(await exported('splade-bert'), output)).rejects.toThrow(
    'has no site.json, so it is not a page',
  );
  expect(readdirSync(output)).toEqual(['letter.txt']);
});

it('leaves an earlier page as it is where a new one fails', async () => {
  const [model, place] = [await exported('splade-bert'), temporaryFolder()];
  const output = join(place, 'site');
  await buildSite(model, output);
  const before = readdirSync(output, { recursive: true });
  rmSync(join(model, 'tokenizer_config.json'));
  await expect(buildSite(model, output)).rejects.toThrow('holds no tokenizer_config.json; expected it');
  expect(readdirSync(output, { recursive: true })).toEqual(before);
  expect(readdirSync(place)).toEqual(['site']);
});
