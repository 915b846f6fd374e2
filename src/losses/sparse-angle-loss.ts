import type { EmbeddingModel } from '../features.js';
import { number, type OptionRules, resolveOptions } from '../options.js';
import { pairwiseAngleSim } from '../similarity.js';
import { SparseCoSENTLoss } from './sparse-cosent-loss.js';

export interface SparseAnglELossOptions {
  /** The factor for similarities: 1 / temperature. Default 20. */
  scale?: number;
}

const OPTIONS: OptionRules<Required<SparseAnglELossOptions>> = { scale: number(20) };

/**
 * AnglE: CoSENT with the angle in complex space (`pairwiseAngleSim`) instead of the cosine, whose gradient vanishes
 * near its extremes.
 *
 * @see Li and Li, AnglE-optimized Text Embeddings (2023), https://arxiv.org/abs/2309.12871
 */
export class SparseAnglELoss extends SparseCoSENTLoss {
  /** @throws OptionError for unknown options or a scale that is not a number */
  constructor(model: EmbeddingModel, options?: SparseAnglELossOptions) {
    const { scale } = resolveOptions('SparseAnglELoss', OPTIONS, options);
    super(model, { scale, similarityFct: pairwiseAngleSim });
  }
}
