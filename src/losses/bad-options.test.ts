import { describe, expect, it } from 'vitest';
import {
  CachedSpladeLoss,
  CSRLoss,
  CSRReconstructionLoss,
  FlopsLoss,
  L1Loss,
  SparseAnglELoss,
  SparseCoSENTLoss,
  SparseCosineSimilarityLoss,
  SparseDistillKLDivLoss,
  SparseMarginMSELoss,
  SparseMSELoss,
  SparseMultipleNegativesRankingLoss,
  SparseTripletLoss,
  SpladeLoss,
  WeightedFlopsLoss,
  WeightedRegularizers,
  WeightedSumLoss,
} from '../api/losses.js';
import { passThroughModel } from '../testing/models.js';
import { refusalOf } from '../testing/refusal.js';
import { LOSSES } from './losses.js';

type LossClass = new (model: ReturnType<typeof passThroughModel>, options: never) => unknown;

const model = passThroughModel();
const base = new SparseMultipleNegativesRankingLoss(model);
const splade = { loss: base, documentRegularizerWeight: 1, queryRegularizerWeight: 1 };
const REQUIRED = new Map<LossClass, object>([
  [SpladeLoss, splade],
  [CachedSpladeLoss, splade],
  [WeightedFlopsLoss, { weights: [1] }],
  [WeightedRegularizers, { parts: [{ regularizer: new FlopsLoss(model), weight: 1 }] }],
  [WeightedSumLoss, { losses: { base: { loss: base, weight: 1 } } }],
]);
const required = (lossClass: LossClass): object => REQUIRED.get(lossClass) ?? {};

const everyClass: LossClass[] = Object.values(LOSSES);

const rejects = (lossClass: LossClass, options: unknown): string =>
  refusalOf(() => new lossClass(model, options as never));

describe.each(everyClass.map((lossClass) => ({ name: lossClass.name, lossClass })))(
  '$name refuses',
  ({ name, lossClass }) => {
    it('an option that it does not have, and says which it has', () => {
      const known =
        lossClass === SparseMSELoss || lossClass === L1Loss ? '; it takes no options' : '; it takes "';
      expect(rejects(lossClass, { ...required(lossClass), xyzzy: 'red' })).toMatch(
        new RegExp(`^OptionError: ${name} has no option "xyzzy"${known}[^|]*$`),
      );
    });

    it('options that are not an object', () => {
      expect(rejects(lossClass, 20)).toMatch(
        new RegExp(`^OptionError: ${name}: the options are 20; expected an object$`),
      );
      expect(rejects(lossClass, [1])).toMatch(/the options are \[1\]; expected an object$/);
    });
  },
);

describe('a name that is nearly right', () => {
  const cases: [LossClass, string, string][] = [
    [SparseMultipleNegativesRankingLoss, 'scales', 'scale'],
    [SparseMultipleNegativesRankingLoss, 'hardness_strength', 'hardnessStrength'],
    [SparseMultipleNegativesRankingLoss, 'similarity_fct', 'similarityFct'],
    [SparseTripletLoss, 'triplet_margin', 'tripletMargin'],
    [SparseTripletLoss, 'distancemetric', 'distanceMetric'],
    [SparseDistillKLDivLoss, 'temprature', 'temperature'],
    [SparseDistillKLDivLoss, 'student_temperature', 'studentTemperature'],
    [SpladeLoss, 'document_regularizer_weight', 'documentRegularizerWeight'],
    [CachedSpladeLoss, 'mini_batch_size', 'miniBatchSize'],
    [FlopsLoss, 'treshold', 'threshold'],
    [CSRLoss, 'Beta', 'beta'],
  ];
  it.each(cases)('%o: %s leads to %s', (lossClass, wrong, right) => {
    expect(rejects(lossClass, { [wrong]: 1 })).toMatch(
      new RegExp(`^OptionError: ${lossClass.name} has no option "${wrong}"; did you mean "${right}"\\?$`),
    );
  });
});

describe('a value out of range', () => {
  const ranking = (options: object) => [SparseMultipleNegativesRankingLoss, options] as const;
  const numberWanted = /expected a finite number/;
  const above = /scale is \S+; expected a finite number above 0$/;
  const temperature = /emperature is \S+; expected a finite number above 0/;
  const directions = /directions is \[.*\]; expected an array of .*"query_to_doc" among them$/;
  const cases: (readonly [LossClass, object, RegExp])[] = [
    ...[0, -1, NaN].map((scale) => [...ranking({ scale }), above] as const),
    [...ranking({ scale: '20' }), /scale is "20"; expected a finite number above 0$/],
    [...ranking({ similarityFct: 'dot' }), /similarityFct is "dot"; expected a function/],
    [...ranking({ gatherAcrossDevices: 1 }), /gatherAcrossDevices is 1; expected true or false$/],
    ...[[], ['doc_to_query'], ['query_to_doc', 'doc_to_all']].map(
      (value) => [...ranking({ directions: value }), directions] as const,
    ),
    [...ranking({ directions: 'query_to_doc' }), /directions is "query_to_doc"; expected an array/],
    [
      ...ranking({ partitionMode: 'split' }),
      /partitionMode is "split"; expected one of "joint", "per_direction"$/,
    ],
    ...['query_to_query', 'doc_to_doc'].map(
      (same) =>
        [
          ...ranking({ directions: ['query_to_doc', same], partitionMode: 'per_direction' }),
          /with partitionMode "per_direction"; expected only "query_to_doc" and "doc_to_query"/,
        ] as const,
    ),
    [
      ...ranking({ hardnessMode: 'hard' }),
      /hardnessMode is "hard"; expected one of .*, or null; did you mean "hard_negatives"\?$/,
    ],
    ...[-1, NaN].map(
      (strength) =>
        [
          ...ranking({ hardnessMode: 'all_negatives', hardnessStrength: strength }),
          /hardnessStrength is \S+; expected a finite number of at least 0$/,
        ] as const,
    ),
    [SparseCoSENTLoss, { scale: true }, numberWanted],
    [SparseCoSENTLoss, { similarityFct: {} }, /similarityFct is an object \(Object\); expected a function/],
    [SparseAnglELoss, { scale: 'x' }, numberWanted],
    [SparseAnglELoss, { similarityFct: () => 1 }, /no option "similarityFct"; it takes "scale"$/],
    [SparseCosineSimilarityLoss, { lossFct: 'mse' }, /lossFct is "mse"; expected a function/],
    [
      SparseCosineSimilarityLoss,
      { cosScoreTransformation: 2 },
      /cosScoreTransformation is 2; expected a function/,
    ],
    [
      SparseTripletLoss,
      { distanceMetric: 'EUCLIDEAN' },
      /expected TripletDistanceMetric\.COSINE, EUCLIDEAN or/,
    ],
    [SparseTripletLoss, { tripletMargin: '5' }, numberWanted],
    [SparseMarginMSELoss, { similarityFct: 'dot' }, /expected a function/],
    ...['temperature', 'studentTemperature', 'teacherTemperature'].flatMap((name) =>
      [0, -2, Infinity, NaN].map(
        (value) => [SparseDistillKLDivLoss, { [name]: value }, temperature] as const,
      ),
    ),
    ...[-1, NaN, '3'].map(
      (threshold) =>
        [
          FlopsLoss,
          { threshold },
          /threshold is .*; expected a finite number of at least 0, or null$/,
        ] as const,
    ),
    ...['documentRegularizerThreshold', 'queryRegularizerThreshold'].map(
      (name) =>
        [
          SpladeLoss,
          { ...splade, [name]: -1 },
          /is -1; expected a finite number of at least 0, or null$/,
        ] as const,
    ),
    [
      SpladeLoss,
      { ...splade, documentRegularizerWeight: '1' },
      /documentRegularizerWeight is "1"; expected a finite number$/,
    ],
    [
      SpladeLoss,
      { ...splade, queryRegularizerWeight: '1' },
      /queryRegularizerWeight is "1"; expected a finite number/,
    ],
    [SpladeLoss, { loss: base }, /SpladeLoss needs the option "documentRegularizerWeight": a finite number$/],
    [
      SpladeLoss,
      { documentRegularizerWeight: 1 },
      /SpladeLoss needs the option "loss": a loss, an object with/,
    ],
    [SpladeLoss, { ...splade, useDocumentRegularizerOnly: 0 }, /expected true or false$/],
    ...[0, 1.5, -1, NaN].map(
      (size) =>
        [
          CachedSpladeLoss,
          { ...splade, miniBatchSize: size },
          /expected a whole number of at least 1$/,
        ] as const,
    ),
    ...[0, 0.5].map(
      (tokens) =>
        [
          CachedSpladeLoss,
          { ...splade, miniBatchNumTokens: tokens },
          /whole number of at least 1, or null$/,
        ] as const,
    ),
    [CachedSpladeLoss, { ...splade, showProgressBar: 'yes' }, /expected true or false$/],
    [CSRLoss, { gamma: '1' }, numberWanted],
    [CSRReconstructionLoss, { beta: null, gamma: 1 }, /no option "gamma"/],
  ];
  it.each(cases)(
    '%o with %o is refused with its name, what came and what is expected',
    (lossClass, options, says) => {
      const refusal = rejects(lossClass, options);
      expect(refusal).toMatch(new RegExp(`^OptionError: ${lossClass.name}\\b`));
      expect(refusal).toMatch(says);
    },
  );
});

describe('a base loss that cannot be one', () => {
  const notALoss =
    /loss is an object \(.*\); expected a loss, an object with a method computeLossFromEmbeddings/;
  const wrappers: LossClass[] = [SpladeLoss, CachedSpladeLoss, CSRLoss];
  it.each(wrappers)('is refused by %o', (wrapper) => {
    const given = (loss: unknown) => rejects(wrapper, { ...required(wrapper), loss });
    expect(given({})).toMatch(notALoss);
    expect(given(new SpladeLoss(model, splade))).toMatch(notALoss);
    for (const part of [new FlopsLoss(model), new CSRReconstructionLoss(model)]) {
      expect(given(part)).toMatch(
        new RegExp(`^OptionError: ${wrapper.name}: ${part.constructor.name} is a part of a wrapper`),
      );
    }
  });

  it('is refused as a regularizer, too', () => {
    expect(rejects(SpladeLoss, { ...splade, documentRegularizer: {} })).toMatch(
      /documentRegularizer is an object \(Object\); expected a regularizer, an object with a method/,
    );
  });
});
