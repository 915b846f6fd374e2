import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { openModel } from '../testing/encoding.js';
import { exported } from '../testing/exports.js';
import { copyOfModel, editJson } from '../testing/files/damaged-model.js';
import { set } from '../testing/files/damages.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { exportOnnx } from './export-onnx.js';

const CONFIG = 'tokenizer_config.json';
const TEXT = 'a cloud of particles above the smallest of all the animals';

const readConfig = (folder: string): Record<string, unknown> =>
  JSON.parse(readFileSync(join(folder, CONFIG), 'utf8')) as Record<string, unknown>;

async function exportedWith(edit: (folder: string) => unknown): Promise<string> {
  const source = copyOfModel('splade-bert');
  edit(source);
  const output = join(temporaryFolder(), 'exported');
  await exportOnnx(await openModel('', source), { output });
  return output;
}

describe('the limit of tokens in an exported tokenizer_config.json', () => {
  it.each([
    ['below what transformers 4 left', set(CONFIG, 'max_length', 4), 32],
    ['of sentence_bert_config.json', set('sentence_bert_config.json', 'max_seq_length', 5), 5],
    ['of the positions', set(CONFIG, 'model_max_length', 1e30), 32],
  ])('is that of the encoder: %s', async (_, edit, limit) => {
    const folder = await exportedWith(edit);
    expect(readConfig(folder)).toMatchObject({ model_max_length: limit, max_length: limit });
    const loaded = await openModel('', folder);
    expect(loaded.maxSeqLength).toBe(limit);
    const [ids = []] = await loaded.tokenize([TEXT]);
    expect(ids.length).toBeLessThanOrEqual(limit);
  });

  it('is all that differs from the file of the model', async () => {
    const folder = await exportedWith(set(CONFIG, 'max_length', 4));
    const { encoder } = await exported('splade-bert');
    const file = encoder.contents().modules[0]?.tokenizer?.files.get(CONFIG);
    expect(readConfig(folder)).toEqual(JSON.parse(new TextDecoder().decode(file)));
  });

  it('is absent where there is none', async () => {
    const source = copyOfModel('inference-free');
    set('query_0_SparseStaticEmbedding/tokenizer_config.json', 'model_max_length', 1e30)(source);
    const output = join(temporaryFolder(), 'exported');
    await exportOnnx(await openModel('', source), { output });
    const config = readConfig(join(output, 'query_0_SparseStaticEmbedding'));
    expect(config).not.toHaveProperty('model_max_length');
    expect(config).not.toHaveProperty('max_length');
  });

  it('is written for each route, where there is one', async () => {
    const source = copyOfModel('inference-free');
    editJson(join(source, 'document_0_Transformer', CONFIG), (config) => (config['model_max_length'] = 9));
    const folder = join(temporaryFolder(), 'exported');
    await exportOnnx(await openModel('', source), { output: folder });
    const limitsIn = (name: string): unknown[] => {
      const config = readConfig(join(folder, name));
      return [config['model_max_length'], config['max_length']];
    };
    expect(limitsIn('document_0_Transformer')).toEqual([9, 9]);
    expect(limitsIn('query_0_SparseStaticEmbedding')).toEqual([32, 32]);
  });
});

it('calls the class of a tokenizer by the name that transformers 4 knows, too', async () => {
  const { encoder, folder } = await exported('splade-modernbert');
  const file = encoder.contents().modules[0]?.tokenizer?.files.get(CONFIG);
  expect(JSON.parse(new TextDecoder().decode(file))).toMatchObject({ tokenizer_class: 'TokenizersBackend' });
  expect(readConfig(folder)).toMatchObject({ tokenizer_class: 'PreTrainedTokenizerFast' });
  const loaded = await openModel('', folder);
  expect(await loaded.tokenize([TEXT])).toEqual(await encoder.tokenize([TEXT]));
});
