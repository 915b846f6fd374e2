import type { RouterMapping } from '../../src/datasets/column-settings.js';
import { SparseEncoder } from '../../src/encoder/sparse-encoder.js';
import { AntiZeroLoss } from '../../src/losses/anti-zero-loss.js';
import { FlopsLoss } from '../../src/losses/flops-loss.js';
import { L1Loss } from '../../src/losses/l1-loss.js';
import type { BaseLoss, Regularizer } from '../../src/losses/loss.js';
import { SparseMultipleNegativesRankingLoss } from '../../src/losses/sparse-multiple-negatives-ranking-loss.js';
import { SpladeLoss } from '../../src/losses/splade-loss.js';
import { idfWeights } from '../../src/losses/term-weights.js';
import { WeightedFlopsLoss } from '../../src/losses/weighted-flops-loss.js';
import { WeightedRegularizers } from '../../src/losses/weighted-regularizers.js';
import { WeightedSumLoss } from '../../src/losses/weighted-sum-loss.js';
import { queryDocumentRouter } from '../../src/modules/router.js';
import { sparseStaticEmbedding } from '../../src/modules/sparse-static-embedding.js';
import { cosSim } from '../../src/similarity.js';
import type { TrainerCallback } from '../../src/trainer/callbacks.js';
import { DocumentFrequencyCallback } from '../../src/trainer/document-frequencies.js';

/** What a row trains with. */
export interface Setup {
  readonly loss: SpladeLoss;
  readonly callbacks?: readonly TrainerCallback[];
  /** The model to train, if it is another one, which has taken the modules of the given model. */
  readonly model?: SparseEncoder;
  readonly routerMapping?: RouterMapping;
}

/** A way to keep embeddings sparse. */
export interface RegularizerRow {
  readonly name: string;
  /** @param documents texts whose terms may be counted */
  readonly setup: (model: SparseEncoder, documents: readonly string[]) => Setup | Promise<Setup>;
}

const FLOPS = 0.01;
const L1 = 5e-4;
/** Weights of rare terms are about 8, and they are squared. */
const WITH_IDF = FLOPS / 64;
const THRESHOLD = 100;
/** Texts in which document frequencies are counted. */
const COUNTED = 2_000;
/** Tokens of a definition at most. */
const WHOLE_TEXT = 512;

interface Sides {
  readonly query?: Regularizer;
  readonly document?: Regularizer;
  readonly weights: readonly [query: number, document: number];
  readonly base?: BaseLoss;
}

function splade(model: SparseEncoder, { query, document, weights, base }: Sides): SpladeLoss {
  return new SpladeLoss(model, {
    loss: base ?? new SparseMultipleNegativesRankingLoss(model),
    queryRegularizerWeight: weights[0],
    documentRegularizerWeight: weights[1],
    queryRegularizer: query ?? new FlopsLoss(model),
    documentRegularizer: document ?? new FlopsLoss(model),
  });
}

/** FLOPS with weights that a callback sets by the documents that have each term. */
function counted(
  model: SparseEncoder,
  documents: readonly string[],
  weight: number,
  options: Omit<ConstructorParameters<typeof DocumentFrequencyCallback>[1], 'documents'> & {
    threshold?: number;
  },
): Setup {
  const { threshold = null, ...rest } = options;
  const weights = new Float32Array(model.dimension ?? 0).fill(1);
  const document = new WeightedFlopsLoss(model, { weights, threshold });
  return {
    loss: splade(model, { document, weights: [FLOPS, weight] }),
    callbacks: [new DocumentFrequencyCallback(document, { ...rest, documents: documents.slice(0, COUNTED) })],
  };
}

/** In how many texts each token occurs. */
async function tokenFrequencies(model: SparseEncoder, texts: readonly string[]): Promise<Uint32Array> {
  const frequencies = new Uint32Array(model.dimension ?? 0);
  const whole = { maxLength: WHOLE_TEXT, addSpecialTokens: false };
  for (const { ids } of await model.tokenizer.encodeBatch(texts, whole)) {
    for (const id of new Set(ids)) frequencies[id] = (frequencies[id] ?? 0) + 1;
  }
  return frequencies;
}

/** An inference-free model: the terms of a query have these weights, and only documents go through the backbone. */
function inferenceFree(
  backbone: SparseEncoder,
  weight: Float32Array | null,
): Setup & { readonly model: SparseEncoder } {
  const queries = sparseStaticEmbedding({ tokenizer: backbone.tokenizer, weight, frozen: true });
  const model = SparseEncoder.fromModules([
    queryDocumentRouter({ queryModules: [queries], documentModules: backbone.modules }),
  ]);
  return {
    model,
    loss: splade(model, { weights: [0, FLOPS] }),
    routerMapping: { anchor: 'query', positive: 'document' },
  };
}

/** An inference-free model whose queries weigh the terms by their inverse frequency in documents. */
export async function idfAware(
  backbone: SparseEncoder,
  documents: readonly string[],
): Promise<Setup & { readonly model: SparseEncoder }> {
  return inferenceFree(backbone, idfWeights(await tokenFrequencies(backbone, documents), documents.length));
}

const withFlops: readonly [number, number] = [FLOPS, FLOPS];

export const ROWS: readonly RegularizerRow[] = [
  { name: 'none', setup: (model) => ({ loss: splade(model, { weights: [0, 0] }) }) },
  { name: 'FLOPS', setup: (model) => ({ loss: splade(model, { weights: withFlops }) }) },
  {
    name: 'L1 for queries',
    setup: (model) => ({ loss: splade(model, { query: new L1Loss(model), weights: [L1, FLOPS] }) }),
  },
  {
    name: 'L1',
    setup: (model) => ({
      loss: splade(model, { query: new L1Loss(model), document: new L1Loss(model), weights: [L1, L1] }),
    }),
  },
  { name: 'DF-FLOPS for documents', setup: (model, documents) => counted(model, documents, FLOPS, {}) },
  {
    name: 'FLOPS with IDF for documents',
    setup: (model, documents) => counted(model, documents, WITH_IDF, { weightsOf: idfWeights }),
  },
  {
    name: `the same above ${THRESHOLD} terms`,
    setup: (model, documents) =>
      counted(model, documents, WITH_IDF, { weightsOf: idfWeights, threshold: THRESHOLD }),
  },
  {
    name: 'FLOPS with anti-zero',
    setup: (model) => {
      const both = (): Regularizer =>
        new WeightedRegularizers(model, {
          parts: [
            { regularizer: new FlopsLoss(model), weight: 1 },
            { regularizer: new AntiZeroLoss(model), weight: 1 },
          ],
        });
      return { loss: splade(model, { query: both(), document: both(), weights: withFlops }) };
    },
  },
  {
    name: 'FLOPS, ranking by dot and cosine',
    setup: (model) => {
      const base = new WeightedSumLoss(model, {
        losses: {
          dot: { loss: new SparseMultipleNegativesRankingLoss(model), weight: 0.5 },
          cosine: {
            loss: new SparseMultipleNegativesRankingLoss(model, { similarityFct: cosSim, scale: 20 }),
            weight: 0.5,
          },
        },
      });
      return { loss: splade(model, { base, weights: withFlops }) };
    },
  },
  {
    name: 'inference-free, equal query weights',
    setup: (model) => inferenceFree(model, null),
  },
  {
    name: 'inference-free, IDF-aware queries',
    setup: idfAware,
  },
];
