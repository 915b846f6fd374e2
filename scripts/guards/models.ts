import {
  loadTokenizer,
  loadTransformer,
  pooling,
  queryDocumentRouter,
  sparseAutoEncoder,
  sparseStaticEmbedding,
  spladePooling,
} from '../../src/api/modules.js';
import { SparseEncoder } from '../../src/index.js';
import { BACKBONE } from '../quickstart/quickstart.js';

const LATENTS = 512;

/** A model of each family with the weights of the small backbone. Everything else in it is new. */
export const MODELS = {
  splade: async () => await SparseEncoder.load(BACKBONE),
  csr: async () => {
    const transformer = await loadTransformer(BACKBONE, { transformerTask: 'feature-extraction' });
    const { dimension: inputDim = 0 } = transformer;
    return SparseEncoder.fromModules([
      transformer,
      pooling({ embeddingDimension: inputDim, poolingMode: 'mean' }),
      sparseAutoEncoder({ inputDim, hiddenDim: LATENTS, k: 32, kAux: 64 }),
    ]);
  },
  'inference-free': async () =>
    SparseEncoder.fromModules([
      queryDocumentRouter({
        queryModules: [sparseStaticEmbedding({ tokenizer: await loadTokenizer(BACKBONE) })],
        documentModules: [await loadTransformer(BACKBONE, { transformerTask: 'fill-mask' }), spladePooling()],
      }),
    ]),
} as const satisfies Record<string, () => Promise<SparseEncoder>>;
