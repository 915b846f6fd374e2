import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { SparseEncoder } from '../../../src/encoder/sparse-encoder.js';

const MODELS = fileURLToPath(new URL('../../../fixtures/models/', import.meta.url));
const MODELS_TO_TRY = ['splade-bert', 'splade-roberta', 'splade-xlm-roberta', 'splade-albert'];

export const TEN_MEGABYTES = 10_000_000;
export const TEXTS: Readonly<Record<string, string>> = {
  words: 'a word ',
  'one word': 'a',
  spaces: ' ',
  'full stops': '.',
  ligatures: 'ﷺ',
};

/** Encodes 10 MB of one part, with tokenizers of several kinds. */
export function encodeLong(part: string) {
  return async ({ index }: { readonly index: number }): Promise<void> => {
    const encoder = await SparseEncoder.load(join(MODELS, MODELS_TO_TRY[index % MODELS_TO_TRY.length] ?? ''));
    const text = part.repeat(Math.ceil(TEN_MEGABYTES / Buffer.byteLength(part)));
    const { rows } = await encoder.encode(text, { showProgressBar: false });
    await encoder.dispose();
    if (rows !== 1) throw new Error(`gave ${rows} rows`);
  };
}
