import * as tf from '@tensorflow/tfjs';
import {
  type EmbeddingModel,
  type Features,
  SparseMultipleNegativesRankingLoss,
  SpladeLoss,
  totalLoss,
} from '../../../src/index.js';
import type { Parameters } from '../../../src/modules/parameters.js';
import { spladeModel } from './model.js';
import type { StepCase } from './spec.js';

/** A model whose features are embedded already: all texts go through the encoder at once. */
const embedded: EmbeddingModel = { forward: (features) => features };

/** The loss of a batch, as a function of all texts: the queries, then their documents. */
export function spladeLoss(spec: StepCase, parameters: Parameters): (texts: Features) => tf.Scalar {
  const embed = spladeModel(spec, parameters);
  const loss = new SpladeLoss(embedded, {
    loss: new SparseMultipleNegativesRankingLoss(embedded),
    documentRegularizerWeight: spec.documentRegularizerWeight,
    queryRegularizerWeight: spec.queryRegularizerWeight,
  });
  return (texts) => {
    const columns = tf.split(embed(texts).sentenceEmbedding as tf.Tensor2D, 2, 0);
    return totalLoss(loss.forward(columns.map((sentenceEmbedding) => ({ sentenceEmbedding }))));
  };
}
