import type { Arbitrary } from 'fast-check';
import { mostColumns } from '../../src/losses/catalog.js';
import type { CaseOptions } from '../case.js';
import { fc } from '../fast-check.js';
import type { Cell } from '../suite.js';

const PAIRWISE = [
  'pairwiseDotScore',
  'pairwiseCosSim',
  'pairwiseEuclideanSim',
  'pairwiseManhattanSim',
  'pairwiseHalfDot',
] as const;

const scale = fc.constantFrom(1, 20, 0.05, 3.5);
const temperature = fc.constantFrom(2, 1, 0.1, 7.3);
/** Zero, since a schedule may start a weight there. */
const weight = fc.constantFrom(3e-5, 0, 0.1, 1);
/** Zero drops only the rows without an active dimension. */
const threshold = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 12 }));

/** Options of the base losses, all optional: an option that is not given shrinks away and tests the default. */
const LOSS_OPTIONS: Readonly<Record<string, Arbitrary<CaseOptions>>> = {
  SparseMultipleNegativesRankingLoss: fc
    .record(
      {
        scale,
        similarityFct: fc.constantFrom('dotScore', 'cosSim', 'euclideanSim', 'manhattanSim', 'halfDot'),
        directions: fc
          .subarray(['query_to_query', 'doc_to_query', 'doc_to_doc'])
          .map((more) => [...more.slice(1), 'query_to_doc', ...more.slice(0, 1)]),
        partitionMode: fc.constantFrom('joint', 'per_direction'),
        hardnessMode: fc.constantFrom('in_batch_negatives', 'hard_negatives', 'all_negatives'),
        hardnessStrength: fc.constantFrom(0, 0.5, 9),
      },
      { requiredKeys: [] },
    )
    .map((options) => {
      const sameSide = options.directions?.some((name) => name === 'query_to_query' || name === 'doc_to_doc');
      return sameSide === true ? { ...options, partitionMode: 'joint' } : options;
    }),
  SparseCoSENTLoss: optional({
    scale: fc.constantFrom(20, 1, 0, -3),
    similarityFct: fc.constantFrom(...PAIRWISE, 'pairwiseAngleSim'),
  }),
  SparseAnglELoss: optional({ scale: fc.constantFrom(20, 1, 0, -3) }),
  SparseCosineSimilarityLoss: optional({
    lossFct: fc.constantFrom('meanSquaredError', 'meanAbsoluteError', 'smoothL1'),
    cosScoreTransformation: fc.constantFrom('identity', 'sigmoid'),
  }),
  SparseTripletLoss: optional({
    distanceMetric: fc.constantFrom(
      'TripletDistanceMetric.EUCLIDEAN',
      'TripletDistanceMetric.COSINE',
      'TripletDistanceMetric.MANHATTAN',
      'pairwiseHalfDot',
    ),
    tripletMargin: fc.constantFrom(5, 0, 0.5, 1e3),
  }),
  SparseMSELoss: fc.constant({}),
  SparseMarginMSELoss: optional({ similarityFct: fc.constantFrom(...PAIRWISE) }),
  SparseDistillKLDivLoss: optional({
    similarityFct: fc.constantFrom(...PAIRWISE),
    temperature,
    studentTemperature: temperature,
    teacherTemperature: temperature,
  }),
  FlopsLoss: optional({ threshold: fc.oneof(threshold, fc.constant(1.5)) }),
  CSRReconstructionLoss: optional({ beta: fc.constantFrom(1, 0.1, 0) }),
  LogisticMarginLoss: optional({ scale }),
};

function optional(model: Record<string, Arbitrary<string | number>>): Arbitrary<CaseOptions> {
  return fc.record(model, { requiredKeys: [] }) as Arbitrary<CaseOptions>;
}

export function lossOptions({ loss }: Cell): Arbitrary<CaseOptions> {
  const arbitrary = LOSS_OPTIONS[loss];
  if (arbitrary === undefined) throw new RangeError(`the suite has no options for ${loss}`);
  return arbitrary;
}

/** Some weights are required. Regularizing queries needs a column of queries. */
export function wrapperOptions({ wrapper, format }: Cell): Arbitrary<CaseOptions> {
  if (wrapper === 'none') return fc.constant({});
  if (wrapper === 'CSRLoss') {
    return optional({ beta: fc.constantFrom(0.1, 1), gamma: fc.constantFrom(1, 0.25) });
  }
  const splade = fc
    .record(
      {
        documentRegularizerWeight: weight,
        queryRegularizerWeight: weight,
        documentRegularizerThreshold: threshold,
        queryRegularizerThreshold: threshold,
        documentRegularizer: fc.constant('L1Regularizer'),
        queryRegularizer: fc.constant('L1Regularizer'),
        useDocumentRegularizerOnly: fc.constant(true),
      },
      { requiredKeys: ['documentRegularizerWeight'] },
    )
    .map((options) =>
      mostColumns(format) === 1 ? { ...options, useDocumentRegularizerOnly: true } : options,
    );
  if (wrapper === 'SpladeLoss') return splade;
  const miniBatches = fc.oneof(
    fc.record({ miniBatchSize: fc.integer({ min: 1, max: 4 }) }, { requiredKeys: [] }),
    fc.record({ miniBatchNumTokens: fc.integer({ min: 1, max: 20 }) }),
  );
  return fc.tuple(splade, miniBatches).map(([options, size]) => ({ ...options, ...size }));
}
