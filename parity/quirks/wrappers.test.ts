import * as tf from '@tensorflow/tfjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type BaseLoss,
  CachedSpladeLoss,
  CSRLoss,
  CSRReconstructionLoss,
  type EmbeddingModel,
  InputError,
  OptionError,
  setWarningHandler,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
  SpladeLoss,
  type WarningHandler,
} from '../../src/api/losses.js';
import {
  autoencoderOutput,
  columnsOf,
  constant,
  identityModel,
  rows,
  slope,
  valueOf,
} from '../testing/identity-model.js';
import { WRAPPER_QUIRKS } from './wrappers.js';

const model = identityModel();
const ranking = new SparseMultipleNegativesRankingLoss(model);
const WRAPPERS = [SpladeLoss, CachedSpladeLoss];
const columns = columnsOf(rows(2, 3, 1), rows(2, 3, 2));

/** A base loss with one named component: the sum of all embeddings times a factor. */
function summing(name: string, factor: number): BaseLoss {
  return {
    computeLossFromEmbeddings: (embeddings) => ({
      [name]: tf
        .concat2d([...embeddings], 0)
        .sum()
        .mul<tf.Scalar>(factor),
    }),
  };
}

const vector: BaseLoss = {
  computeLossFromEmbeddings: ([first]) => (first as tf.Tensor2D).sum(1) as unknown as tf.Scalar,
};

let previous: WarningHandler;
beforeAll(() => {
  previous = setWarningHandler(() => undefined);
});
afterAll(() => {
  setWarningHandler(previous);
});

const PROOFS: Record<string, () => void> = {
  'regularizer-key-overwrites': () => {
    for (const Wrapper of WRAPPERS) {
      const loss = new Wrapper(model, {
        loss: summing('document_regularizer_loss', 1),
        documentRegularizerWeight: 0.5,
      });
      expect(() => loss.forward(columns)).toThrow(OptionError);
      expect(() => loss.forward(columns)).toThrow(/"document_regularizer_loss"/);
    }
  },
  'reconstruction-key-overwrites': () => {
    const loss = new CSRLoss(model, { loss: summing('reconstruction_loss_k', 2) });
    const forward = (): unknown => loss.forward([autoencoderOutput(), autoencoderOutput()]);
    expect(forward).toThrow(OptionError);
    expect(forward).toThrow(/"reconstruction_loss_k"/);
  },
  'cached-components-constant': () => {
    const slopes = WRAPPERS.map((Wrapper) => {
      const loss = new Wrapper(model, {
        loss: ranking,
        documentRegularizerWeight: 0.1,
        queryRegularizerWeight: 0.2,
      });
      return ['base_loss', 'document_regularizer_loss', 'query_regularizer_loss'].map((name) =>
        slope((x) => loss.forward(columnsOf(x, x))[name] as tf.Scalar, rows(2, 3, 1)),
      );
    });
    const [plain, cached] = slopes as [number[], number[]];
    cached.forEach((size, i) => {
      expect(size).toBeGreaterThan(0);
      expect(size).toBeCloseTo(plain[i] ?? 0, 6);
    });
  },
  'cached-first-component-has-all-gradients': () => {
    const loss = new CachedSpladeLoss(model, { loss: summing('base_loss', 0), documentRegularizerWeight: 1 });
    const queries = rows(2, 3, 1);
    const part = (name: string): number =>
      slope((x) => loss.forward(columnsOf(queries, x))[name] as tf.Scalar, rows(2, 3, 2));
    expect(part('base_loss')).toBe(0);
    expect(part('document_regularizer_loss')).toBeGreaterThan(0.1);
  },
  'cached-component-after-overflow': () => {
    const loss = new CachedSpladeLoss(model, {
      loss: new SparseTripletLoss(model),
      documentRegularizerWeight: 1,
    });
    const [ones, huge] = [tf.ones<tf.Rank.R2>([2, 2]), constant(2, 2, 1e30)];
    const values = loss.forward(columnsOf(ones, ones, huge));
    expect(valueOf(values['document_regularizer_loss'] as tf.Scalar)).toBe(Infinity);
    expect(valueOf(values['base_loss'] as tf.Scalar)).toBe(0);
  },
  'component-not-scalar': () => {
    for (const Wrapper of WRAPPERS) {
      const loss = new Wrapper(model, { loss: vector, documentRegularizerWeight: 0.1 });
      expect(() => loss.forward(columns)).toThrow(InputError);
    }
    const csr = new CSRLoss(model, { loss: vector });
    expect(() => csr.forward([autoencoderOutput(), autoencoderOutput()])).toThrow(
      /shape \[2\]; expected a scalar, or an object of named scalars/,
    );
  },
  'splade-single-column': () => {
    for (const Wrapper of WRAPPERS) {
      const loss = new Wrapper(model, { loss: new SparseMSELoss(model), documentRegularizerWeight: 0.1 });
      const forward = (): unknown => loss.forward(columns.slice(0, 1), rows(2, 3, 3));
      expect(forward).toThrow(InputError);
      expect(forward).toThrow(/useDocumentRegularizerOnly/);
    }
  },
  'reconstruction-without-columns': () => {
    expect(() => new CSRReconstructionLoss(model).computeLossFromEmbeddings([])).toThrow(InputError);
  },
  'columns-merged': () => {
    let forwards = 0;
    const counting: EmbeddingModel = {
      forward: (features) => {
        forwards += 1;
        return features;
      },
    };
    const loss = new SpladeLoss(counting, { loss: ranking, documentRegularizerWeight: 0.1 });
    const attentionMask = tf.ones([2, 3], 'int32');
    const alike = [1, 2, 3].map((seed) => ({ sentenceEmbedding: rows(2, 3, seed), attentionMask }));
    loss.forward(alike);
    expect(forwards).toBe(3);
  },
};

describe('how our wrappers behave where the reference has a quirk', () => {
  it.each(WRAPPER_QUIRKS)('$id: $ours', ({ id }) => {
    expect(Object.keys(PROOFS)).toContain(id);
    PROOFS[id]?.();
  });
});
