import type { EmbeddingModel } from '../features.js';
import { AntiZeroLoss } from './anti-zero-loss.js';
import { CachedSpladeLoss } from './cached-splade-loss.js';
import type { BaseLossName, WrapperName } from './catalog.js';
import { CSRLoss } from './csr-loss.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { FlopsLoss } from './flops-loss.js';
import { L1Loss } from './l1-loss.js';
import { SparseAnglELoss } from './sparse-angle-loss.js';
import { SparseCoSENTLoss } from './sparse-cosent-loss.js';
import { SparseCosineSimilarityLoss } from './sparse-cosine-similarity-loss.js';
import { SparseDistillKLDivLoss } from './sparse-distill-kl-div-loss.js';
import { SparseMarginMSELoss } from './sparse-margin-mse-loss.js';
import { SparseMSELoss } from './sparse-mse-loss.js';
import { SparseMultipleNegativesRankingLoss } from './sparse-multiple-negatives-ranking-loss.js';
import { SparseTripletLoss } from './sparse-triplet-loss.js';
import { SpladeLoss } from './splade-loss.js';
import { WeightedFlopsLoss } from './weighted-flops-loss.js';
import { WeightedRegularizers } from './weighted-regularizers.js';
import { WeightedSumLoss } from './weighted-sum-loss.js';

/** The losses that the catalog's data formats name: each is made from a model alone. */
export const BASE_LOSSES = {
  SparseMultipleNegativesRankingLoss,
  SparseCoSENTLoss,
  SparseAnglELoss,
  SparseCosineSimilarityLoss,
  SparseTripletLoss,
  SparseMSELoss,
  SparseMarginMSELoss,
  SparseDistillKLDivLoss,
} satisfies Record<BaseLossName, new (model: EmbeddingModel) => object>;

/** The losses around a base loss. */
const WRAPPER_LOSSES = { SpladeLoss, CachedSpladeLoss, CSRLoss } satisfies Record<WrapperName, unknown>;

/** What wrappers add to a base loss. */
export const LOSS_PARTS = { CSRReconstructionLoss, FlopsLoss };

/** Regularizers and a sum of losses, which sentence-transformers does not have. */
export const FURTHER_LOSSES = {
  AntiZeroLoss,
  L1Loss,
  WeightedFlopsLoss,
  WeightedRegularizers,
  WeightedSumLoss,
};

/** Every loss by its name. */
export const LOSSES = { ...WRAPPER_LOSSES, ...LOSS_PARTS, ...BASE_LOSSES, ...FURTHER_LOSSES };
