import type * as tf from '@tensorflow/tfjs';
import { OptionError } from '../errors.js';
import { CSRReconstructionLoss } from './csr-reconstruction-loss.js';
import { checkResult } from './inputs.js';
import { type BaseLoss, lossComponents, type LossValue, RegularizerLoss } from './loss.js';

/** Throws an OptionError for losses of this package that compute from something other than columns. */
export function checkBaseLoss(
  wrapper: string,
  loss: BaseLoss | RegularizerLoss | CSRReconstructionLoss,
): void {
  if (loss instanceof RegularizerLoss || loss instanceof CSRReconstructionLoss) {
    throw new OptionError(
      `${wrapper}: ${loss.constructor.name} is a part of a wrapper and cannot be its base loss; ` +
        `expected a loss on columns of embeddings, such as SparseMultipleNegativesRankingLoss`,
    );
  }
}

/** The components of a base loss. Throws an InputError for one that is not a scalar, since they are added up. */
export function baseComponents(
  wrapper: string,
  loss: BaseLoss,
  ...data: Parameters<BaseLoss['computeLossFromEmbeddings']>
): Exclude<LossValue, tf.Tensor> {
  const components = lossComponents(loss.computeLossFromEmbeddings(...data));
  for (const [name, value] of Object.entries(components)) {
    checkResult(wrapper, `the base loss's "${name}"`, value, []);
  }
  return components;
}
