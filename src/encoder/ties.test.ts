import { beforeAll, describe, expect, test } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { ownDecoder, TIED_MODELS } from '../testing/files/untied-model.js';
import { modelFixture } from '../testing/new-encoders.js';
import { recordWarnings } from '../testing/warnings.js';
import { SparseEncoder } from './sparse-encoder.js';

beforeAll(() => setEngine('cpu'));

const TEXTS = ['a dog on the road', 'the sea'];

async function embeddingsOf(folder: string) {
  const encoder = await SparseEncoder.load(folder);
  const { indices, values } = await encoder.encode(TEXTS);
  const names = encoder.namedParameters().map(([name]) => name);
  const saved = `${temporaryFolder()}/saved`;
  await encoder.save(saved);
  await encoder.dispose();
  return { embeddings: [...indices, ...values], names, saved };
}

const MODELS = Object.entries(TIED_MODELS).map(([model, names]) => ({ model, ...names }));

describe.each(MODELS)('$model, whose config ties the decoder', ({ model, decoder, words, bias }) => {
  test('keeps one that differs, with a warning that names both, and saves it', async () => {
    const warnings = recordWarnings();
    const folder = await ownDecoder(model, ['weight', 'bias']);
    const own = await embeddingsOf(folder);
    const pair = (part: string, tied: string): string =>
      `${folder}/model.safetensors: config.json ties ${decoder}.${part} to ${tied}, but the two differ; both are kept, untied. Set tie_word_embeddings to false to silence this warning.`;
    expect(warnings).toEqual([pair('weight', words), ...(bias ? [pair('bias', bias)] : [])]);
    expect(own.names).toContain(`0.model.${decoder}.weight`);
    expect(own.names).toContain(`0.model.${words}`);
    const tied = await embeddingsOf(modelFixture(model));
    expect(own.embeddings).not.toEqual(tied.embeddings);
    expect((await embeddingsOf(own.saved)).embeddings).toEqual(own.embeddings);
  });

  test('stays tied to a copy, without a warning', async () => {
    const warnings = recordWarnings();
    const copy = await embeddingsOf(await ownDecoder(model, ['weight', 'bias'], (value) => value));
    expect(copy).toMatchObject({ embeddings: (await embeddingsOf(modelFixture(model))).embeddings });
    expect(copy.names).toEqual((await embeddingsOf(modelFixture(model))).names);
    expect(warnings).toEqual([]);
  });
});
