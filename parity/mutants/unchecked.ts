import type * as tf from '@tensorflow/tfjs';
import {
  type EmbeddingColumns,
  type EmbeddingModel,
  SparseDistillKLDivLoss,
  type SparseDistillKLDivLossOptions,
  SparseMarginMSELoss,
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
  SparseTripletLoss,
} from '../../src/api/losses.js';
import { lossMutant, type LossClass, type Mutant, type Topic } from './mutant.js';

/* These accept what the reference refuses: an error on only one side is a mismatch, too. */

class FourthColumnIgnored extends SparseTripletLoss {
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns): tf.Scalar {
    return super.computeLossFromEmbeddings(embeddings.slice(0, 3));
  }
}

class ScaleOfZero extends SparseMultipleNegativesRankingLoss {
  constructor(model: EmbeddingModel, options: SparseMultipleNegativesRankingLossOptions) {
    super(model, { ...options, scale: options.scale || 1 });
  }
}

class TemperatureClipped extends SparseDistillKLDivLoss {
  constructor(model: EmbeddingModel, { temperature = 2, ...options }: SparseDistillKLDivLossOptions) {
    super(model, { ...options, temperature: Math.min(temperature, 1e6) });
  }
}

class RowsCut extends SparseMarginMSELoss {
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    const rows = Math.min(...embeddings.map((column) => column.shape[0]), labels?.shape[0] ?? Infinity);
    const cut = <T extends tf.Tensor>(x: T): T => x.slice([0], [rows]);
    return super.computeLossFromEmbeddings(embeddings.map(cut), labels && cut(labels));
  }
}

function unchecked(loss: string, id: string, what: string, Class: LossClass): Mutant {
  return {
    ...lossMutant(loss, id, what, Class),
    cells: (testCase) => testCase.loss === loss && testCase.stratum.startsWith('bad-input'),
  };
}

export const UNCHECKED: Topic = {
  mutants: [
    unchecked(
      'SparseTripletLoss',
      'fourth-column-ignored',
      'a fourth column is ignored',
      FourthColumnIgnored,
    ),
    unchecked(
      'SparseMultipleNegativesRankingLoss',
      'scale-of-zero',
      'a scale of 0 means the default',
      ScaleOfZero,
    ),
    unchecked(
      'SparseDistillKLDivLoss',
      'temperature-clipped',
      'an infinite temperature is clipped',
      TemperatureClipped,
    ),
    unchecked('SparseMarginMSELoss', 'rows-cut', 'the longest column is cut to the shortest', RowsCut),
  ],
  controls: [],
};
