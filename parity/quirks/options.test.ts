import * as tf from '@tensorflow/tfjs';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  type BaseLoss,
  CachedSpladeLoss,
  type CachedSpladeLossOptions,
  CSRLoss,
  CSRReconstructionLoss,
  type DistanceFunction,
  FlopsLoss,
  OptionError,
  type PairwiseSimilarityFunction,
  type Regularizer,
  setWarningHandler,
  SparseAnglELoss,
  SparseCoSENTLoss,
  SparseMarginMSELoss,
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
  SparseTripletLoss,
  SpladeLoss,
  type SpladeLossOptions,
  TripletDistanceMetric,
  UsageError,
  type WarningHandler,
} from '../../src/api/losses.js';
import { columnsOf, identityModel, rows, valueOf } from '../testing/identity-model.js';
import { OPTION_QUIRKS } from './options.js';

const model = identityModel();
const pair = [rows(2, 3, 1), rows(2, 3, 2)];
const { NaN: nan } = Number;

const ranking = (options?: SparseMultipleNegativesRankingLossOptions): SparseMultipleNegativesRankingLoss =>
  new SparseMultipleNegativesRankingLoss(model, options);
const splade = (options: Partial<SpladeLossOptions> = {}): SpladeLoss =>
  new SpladeLoss(model, { loss: ranking(), documentRegularizerWeight: 0.1, ...options });
const cached = (options: Partial<CachedSpladeLossOptions>): CachedSpladeLoss =>
  new CachedSpladeLoss(model, { loss: ranking(), documentRegularizerWeight: 0.1, ...options });

function refuses(construct: () => unknown, expected: RegExp): void {
  expect(construct).toThrow(OptionError);
  expect(construct).toThrow(expected);
}

let warnings: string[] = [];
let previous: WarningHandler;
beforeEach(() => {
  warnings = [];
  previous = setWarningHandler((message) => warnings.push(message));
});
afterEach(() => {
  setWarningHandler(previous);
});

const PROOFS: Record<string, () => void> = {
  'hardness-strength-nan': () =>
    refuses(
      () => ranking({ hardnessMode: 'all_negatives', hardnessStrength: nan }),
      /hardnessStrength is NaN/,
    ),
  'scale-infinite': () => {
    refuses(() => ranking({ scale: Infinity }), /expected a finite number above 0/);
  },
  'number-options-unchecked': () => {
    const labels = tf.tensor1d([0, 1]);
    const cosent = (scale: number): number =>
      valueOf(new SparseCoSENTLoss(model, { scale }).computeLossFromEmbeddings(pair, labels));
    expect(cosent(0)).toBeCloseTo(Math.log(2), 6);
    for (const number of [nan, Infinity]) {
      refuses(() => cosent(number), /expected a finite number/);
      refuses(() => new SparseTripletLoss(model, { tripletMargin: number }), /expected a finite number/);
      refuses(() => splade({ documentRegularizerWeight: number }), /expected a finite number/);
      refuses(() => new CSRLoss(model, { beta: number }), /expected a finite number/);
      refuses(() => new CSRLoss(model, { gamma: number }), /expected a finite number/);
    }
    refuses(
      () => splade({ documentRegularizerWeight: '1' as unknown as number }),
      /expected a finite number/,
    );
  },
  'threshold-unchecked': () => {
    for (const threshold of [-5, nan]) {
      refuses(() => new FlopsLoss(model, { threshold }), /expected a finite number of at least 0/);
      refuses(
        () => splade({ documentRegularizerThreshold: threshold }),
        /expected a finite number of at least 0/,
      );
      refuses(
        () => cached({ queryRegularizerThreshold: threshold }),
        /expected a finite number of at least 0/,
      );
    }
  },
  'threshold-ignored-with-regularizer': () => {
    const options = { documentRegularizer: new FlopsLoss(model), documentRegularizerThreshold: 100 };
    const { document_regularizer_loss: value } = splade(options).forward(columnsOf(...pair));
    expect(valueOf(value as tf.Scalar)).toBeGreaterThan(0);
    expect(splade(options).getConfigDict()).not.toHaveProperty('document_regularizer_threshold');
    expect(warnings.join()).toContain(
      'documentRegularizerThreshold has no effect beside documentRegularizer',
    );
  },
  'mini-batch-size-unchecked': () => {
    for (const miniBatchSize of [0, -1, 1.5]) {
      refuses(() => cached({ miniBatchSize }), /whole number of at least 1/);
    }
  },
  'base-loss-unusable': () => {
    for (const part of [new FlopsLoss(model), new CSRReconstructionLoss(model)]) {
      const loss = part as unknown as BaseLoss;
      for (const construct of [
        () => splade({ loss }),
        () => cached({ loss }),
        () => new CSRLoss(model, { loss }),
      ]) {
        refuses(construct, /cannot be its base loss/);
      }
    }
  },
  'base-loss-without-method': () => {
    refuses(() => new CSRLoss(model, { loss: splade() as unknown as BaseLoss }), /computeLossFromEmbeddings/);
    const documentRegularizer = {} as unknown as Regularizer;
    refuses(() => splade({ documentRegularizer }), /computeLossFromEmbeddings/);
  },
  'functions-unchecked': () => {
    const name = 'cosine' as unknown;
    const similarityFct = name as PairwiseSimilarityFunction;
    refuses(
      () => new SparseTripletLoss(model, { distanceMetric: name as DistanceFunction }),
      /distanceMetric is/,
    );
    refuses(() => new SparseMarginMSELoss(model, { similarityFct }), /similarityFct is/);
    refuses(() => new SparseCoSENTLoss(model, { similarityFct }), /similarityFct is/);
  },
  'triplet-metric-has-no-members': () => {
    expect(Object.keys(TripletDistanceMetric)).toEqual(['COSINE', 'EUCLIDEAN', 'MANHATTAN']);
  },
  'angle-cites-cosent': () => {
    expect(new SparseAnglELoss(model).citation).toBe(new SparseCoSENTLoss(model).citation);
  },
  'angle-sets-cosine': () => {
    const fresh = identityModel();
    expect(new SparseAnglELoss(fresh).model).toBe(fresh);
    expect(fresh.similarityFnName).toBe('cosine');
  },
  'query-regularizer-unused': () => {
    const unused = splade({ queryRegularizerThreshold: 7 });
    expect(unused.getConfigDict()).toMatchObject({ query_regularizer_threshold: 7 });
    expect(Object.keys(unused.forward(columnsOf(...pair)))).toEqual([
      'base_loss',
      'document_regularizer_loss',
    ]);
    expect(splade({ useDocumentRegularizerOnly: true }).queryRegularizer).toBeNull();
  },
  'config-omits-document-only': () => {
    const config = splade({ useDocumentRegularizerOnly: true }).getConfigDict();
    expect(config).not.toHaveProperty('use_document_regularizer_only');
    expect(config['loss']).toBeInstanceOf(SparseMultipleNegativesRankingLoss);
    expect(new CSRLoss(model).getConfigDict()['loss']).toBe('SparseMultipleNegativesRankingLoss');
  },
  'warnings-on-root-logger': () => {
    splade();
    expect(warnings).toEqual([expect.stringContaining('without queryRegularizerWeight')]);
  },
  'gather-alone': () => {
    const gathering = ranking({ gatherAcrossDevices: true });
    expect(warnings).toEqual([expect.stringContaining('gatherAcrossDevices has no effect')]);
    const [together, apart] = [gathering, ranking()].map((loss) =>
      valueOf(loss.computeLossFromEmbeddings(pair)),
    );
    expect(together).toBe(apart);
  },
  'alone-raises-attribute-error': () => {
    expect(() => ranking().forward()).toThrow(UsageError);
    expect(() => ranking().forward()).toThrow(/SpladeLoss, CachedSpladeLoss or CSRLoss/);
    expect(() => new FlopsLoss(model).forward()).toThrow(UsageError);
    expect(() => new CSRReconstructionLoss(model).forward()).toThrow(UsageError);
  },
};

describe('how our options behave where the reference has a quirk', () => {
  it.each(OPTION_QUIRKS)('$id: $ours', ({ id }) => {
    expect(Object.keys(PROOFS)).toContain(id);
    PROOFS[id]?.();
  });
});
