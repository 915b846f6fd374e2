import type * as tf from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { cosSim, euclideanSim } from '../similarity.js';
import { deviation, tensorOutcome } from '../testing/gradients.js';
import { type Matrix, randomColumns } from '../testing/matrices.js';
import { passThroughModel } from '../testing/models.js';
import { cosine, dot, entryOf, euclidean, logSumExp, mean, rowOf, sum } from '../testing/plain-math.js';
import { warningsOf } from '../testing/warnings.js';
import {
  type Direction,
  DIRECTIONS,
  HARDNESS_MODES,
  SparseMultipleNegativesRankingLoss,
  type SparseMultipleNegativesRankingLossOptions,
} from './sparse-multiple-negatives-ranking-loss.js';

type Options = SparseMultipleNegativesRankingLossOptions;
type PlainSimilarity = (a: readonly number[], b: readonly number[]) => number;

/**
 * The loss row by row, each candidate separately. `fixed` gives the similarities that hardness does not differentiate.
 */
function ranking(columns: Matrix[], options: Options, fixed: Matrix[], sim: PlainSimilarity = dot): number {
  const { scale = 1, directions = ['query_to_doc'], partitionMode = 'joint' } = options;
  const { hardnessMode = null, hardnessStrength = 0 } = options;
  const [queries = [], ...documents] = columns;
  const chosen = DIRECTIONS.filter((direction) => directions.includes(direction));

  const hardness = (i: number, column: number, j: number): number => {
    const inBatch = i !== j;
    const hard = i === j && column > 0;
    const applies =
      (hardnessMode === 'in_batch_negatives' && inBatch) ||
      (hardnessMode === 'hard_negatives' && hard) ||
      (hardnessMode === 'all_negatives' && (inBatch || hard));
    return applies ? hardnessStrength * sim(rowOf(fixed[0], i), rowOf(fixed[column + 1], j)) : 0;
  };
  const logits: Record<Direction, (i: number) => number[]> = {
    query_to_doc: (i) =>
      documents.flatMap((column, c) =>
        column.map((document, j) => scale * sim(rowOf(queries, i), document) + hardness(i, c, j)),
      ),
    query_to_query: (i) =>
      queries.flatMap((query, j) => (i === j ? [] : [scale * sim(rowOf(queries, i), query)])),
    doc_to_query: (i) => queries.map((query) => scale * sim(rowOf(documents[0], i), query)),
    doc_to_doc: (i) =>
      documents.flatMap((column) =>
        column.flatMap((document, j) => (i === j ? [] : [scale * sim(rowOf(documents[0], i), document)])),
      ),
  };
  return mean(
    queries.map((_, i) => {
      const blocks = chosen.map((direction) => logits[direction](i));
      const z =
        partitionMode === 'joint' ? logSumExp(blocks.flat()) : sum(blocks.map(logSumExp)) / blocks.length;
      return z - entryOf(logits.query_to_doc(i), i);
    }),
  );
}

const create = (options?: Options) => new SparseMultipleNegativesRankingLoss(passThroughModel(), options);

function deviationFor(options: Options, columns: Matrix[], sim?: PlainSimilarity) {
  const loss = create(options);
  return deviation(
    (embeddings) => loss.computeLossFromEmbeddings(embeddings),
    (moved) => ranking(moved, options, columns, sim),
    columns,
  );
}

const combinations: Options[] = [
  {},
  { scale: 20 },
  { scale: 0.5, directions: ['query_to_doc', 'query_to_query'] },
  { directions: ['doc_to_query', 'query_to_doc'] },
  { directions: ['query_to_doc', 'doc_to_doc'] },
  { scale: 3, directions: DIRECTIONS },
  { scale: 2, directions: ['query_to_doc', 'doc_to_query'], partitionMode: 'per_direction' },
  ...HARDNESS_MODES.map((hardnessMode) => ({ scale: 2, hardnessMode, hardnessStrength: 0.75 })),
  { directions: DIRECTIONS, hardnessMode: 'all_negatives', hardnessStrength: 5 },
];

describe('SparseMultipleNegativesRankingLoss', () => {
  for (const options of combinations) {
    for (const count of [2, 4]) {
      it(`ranks ${count} columns with ${JSON.stringify(options)} as the formula, gradients included`, () => {
        const { value, gradient } = deviationFor(options, randomColumns(5, count, 3, 4));
        expect(value).toBeLessThan(1e-5);
        expect(gradient).toBeLessThan(2e-5);
      });
    }
  }

  it('takes other similarity functions', () => {
    const columns = randomColumns(6, 3, 4, 5);
    expect(deviationFor({ scale: 20, similarityFct: cosSim }, columns, cosine).gradient).toBeLessThan(2e-5);
    const negativeDistance: PlainSimilarity = (a, b) => -euclidean(a, b);
    const apart = deviationFor({ similarityFct: euclideanSim }, columns, negativeDistance);
    expect(apart.value).toBeLessThan(1e-5);
    expect(apart.gradient).toBeLessThan(2e-5);
  });

  it('gives the same for directions in any order and repeated', () => {
    const columns = randomColumns(7, 3, 3, 4);
    const outcome = (directions: Direction[]) =>
      tensorOutcome((e) => create({ directions }).computeLossFromEmbeddings(e), columns);
    expect(outcome(['doc_to_doc', 'query_to_doc', 'doc_to_doc'])).toEqual(
      outcome(['query_to_doc', 'doc_to_doc']),
    );
  });

  it('is 0 without gradient for one row without negatives, and ln(candidates) for zero embeddings', () => {
    const one = tensorOutcome((e) => create().computeLossFromEmbeddings(e), [[[1, 2]], [[3, -4]]]);
    expect(Math.abs(one.value)).toBe(0);
    expect(one.gradients.flat(2)).toEqual([0, 0, 0, 0]);
    const zeros = [
      [0, 0],
      [0, 0],
      [0, 0],
    ];
    const none = tensorOutcome((e) => create().computeLossFromEmbeddings(e), [zeros, zeros, zeros]);
    expect(none.value).toBeCloseTo(Math.log(6), 6);
    expect(none.gradients.flat(2).every((entry) => entry === 0)).toBe(true);
  });

  it('stays finite where exp(logit) overflows float32', () => {
    const columns: Matrix[] = [
      [[100], [-100]],
      [[100], [-100]],
    ];
    expect(tensorOutcome((e) => create().computeLossFromEmbeddings(e), columns).value).toBe(0);
  });

  it('lists its options with the names and the order of the reference', () => {
    expect(Object.entries(create().getConfigDict())).toEqual([
      ['scale', 1],
      ['similarity_fct', 'dot_score'],
      ['gather_across_devices', false],
      ['directions', ['query_to_doc']],
      ['partition_mode', 'joint'],
      ['hardness_mode', null],
      ['hardness_strength', 0],
    ]);
    expect(create({ similarityFct: cosSim }).getConfigDict()['similarity_fct']).toBe('cos_sim');
    const own = function mySimilarity(a: tf.Tensor2D): tf.Tensor2D {
      return a;
    };
    expect(create({ similarityFct: own }).getConfigDict()['similarity_fct']).toBe('mySimilarity');
  });

  it('has temperature 1 / scale', () => {
    expect(create({ scale: 20 }).temperature).toBe(0.05);
  });

  it('cites InfoNCE, or the paper of the directions chosen', () => {
    const both: Options = { directions: ['query_to_doc', 'doc_to_query'] };
    expect(create().citation).toContain('@misc{oord2019representationlearningcontrastivepredictive,');
    expect(create({ directions: DIRECTIONS }).citation).toContain(
      '@misc{li2023generaltextembeddingsmultistage,',
    );
    expect(create({ ...both, partitionMode: 'per_direction' }).citation).toContain(
      '@misc{günther2024jinaembeddings28192token,',
    );
    expect(create(both).citation).toContain('@misc{oord2019');
  });

  it('warns of hardness without strength and of gathering in one process, and of nothing else', () => {
    expect(warningsOf(() => create({ hardnessMode: 'all_negatives' }))).toEqual([
      expect.stringMatching(/hardnessMode is "all_negatives" but hardnessStrength is 0/),
    ]);
    expect(warningsOf(() => create({ gatherAcrossDevices: true }))).toEqual([
      expect.stringContaining('gatherAcrossDevices'),
    ]);
    expect(warningsOf(() => create())).toEqual([]);
  });

  it('does not train alone and says what to do', () => {
    expect(() => create().forward()).toThrow(UsageError);
    expect(() => create().forward()).toThrow(/base loss of SpladeLoss, CachedSpladeLoss or CSRLoss/);
  });

  it('does not touch the similarity of the model', () => {
    const model = passThroughModel();
    const loss = new SparseMultipleNegativesRankingLoss(model);
    expect(loss.model.similarityFnName).toBeUndefined();
  });
});
