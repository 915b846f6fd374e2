import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { loadTransformer } from '../encoder/load-transformer.js';
import { SparseEncoder } from '../encoder/sparse-encoder.js';
import { dense } from '../modules/dense.js';
import type { TextModule } from '../modules/module.js';
import { normalize } from '../modules/normalize.js';
import { pooling } from '../modules/pooling.js';
import { queryDocumentRouter } from '../modules/router.js';
import { sparseAutoEncoder } from '../modules/sparse-auto-encoder.js';
import { sparseStaticEmbedding } from '../modules/sparse-static-embedding.js';
import { spladePooling } from '../modules/splade-pooling.js';
import { seededRandom } from '../random.js';

const MODELS = fileURLToPath(new URL('../../fixtures/models/', import.meta.url));

/** Width of the fixtures' hidden states. */
export const WIDTH = 16;

export const modelFixture = (name: string): string => join(MODELS, name);

export const loadMaskedLanguageModel = (): Promise<TextModule> =>
  loadTransformer(modelFixture('masked-language-checkpoint'), { transformerTask: 'fill-mask' });

/** Makes a CSR encoder whose projection and auto-encoder are new, from this seed. */
export async function newCsrEncoder(seed: number): Promise<SparseEncoder> {
  return SparseEncoder.fromModules([
    await loadTransformer(modelFixture('encoder-checkpoint')),
    pooling({ embeddingDimension: WIDTH }),
    dense({ inFeatures: WIDTH, outFeatures: 12, activationFunction: 'Identity' }, seed),
    normalize(),
    sparseAutoEncoder({ inputDim: 12, hiddenDim: 48, k: 5, kAux: 8 }, seed),
  ]);
}

/** Makes an inference-free encoder whose queries have a different weight for each token. */
async function newInferenceFreeEncoder(): Promise<SparseEncoder> {
  const transformer = await loadMaskedLanguageModel();
  const { tokenizer } = transformer;
  const random = seededRandom(3);
  const weight = Array.from({ length: tokenizer.vocabularySize }, () => (1 + random.below(1000)) / 256);
  return SparseEncoder.fromModules([
    queryDocumentRouter({
      queryModules: [sparseStaticEmbedding({ tokenizer, weight })],
      documentModules: [transformer, spladePooling()],
    }),
  ]);
}

/** Encoders that are assembled from modules, by family. The caller disposes them. */
export const NEW_ENCODERS = {
  SPLADE: async () =>
    SparseEncoder.fromModules([await loadMaskedLanguageModel(), spladePooling()], { maxActiveDims: 20 }),
  CSR: () => newCsrEncoder(1),
  'inference-free': newInferenceFreeEncoder,
} as const satisfies Record<string, () => Promise<SparseEncoder>>;
