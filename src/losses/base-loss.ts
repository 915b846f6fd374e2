import { OptionError } from '../errors.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { FlopsLoss } from './flops-loss.js';
import type { BaseLoss } from './loss.js';

/** Throws an OptionError for the two losses of this package that compute from something other than columns. */
export function checkBaseLoss(wrapper: string, loss: BaseLoss | FlopsLoss | CSRReconstructionLoss): void {
  if (loss instanceof FlopsLoss || loss instanceof CSRReconstructionLoss) {
    throw new OptionError(
      `${wrapper}: ${loss.constructor.name} is a part of a wrapper and cannot be its base loss; ` +
        `expected a loss on columns of embeddings, such as SparseMultipleNegativesRankingLoss`,
    );
  }
}
