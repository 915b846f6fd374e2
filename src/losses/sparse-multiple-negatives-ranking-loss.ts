import { describe } from '../describe.js';
import { OptionError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { configName } from '../named-function.js';
import { detach } from '../ops/detach.js';
import { hostScalar } from '../ops/host-scalar.js';
import { logSumExp } from '../ops/log-sum-exp.js';
import {
  aFunction,
  flag,
  nullable,
  numberAbove,
  numberFrom,
  oneOf,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import { dotScore, type SimilarityFunction } from '../similarity.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { warn } from '../warnings.js';
import { checkEmbeddings, checkResult } from './inputs.js';
import { WrappedLoss } from './loss.js';

export const DIRECTIONS = ['query_to_doc', 'query_to_query', 'doc_to_query', 'doc_to_doc'] as const;
export const PARTITION_MODES = ['joint', 'per_direction'] as const;
export const HARDNESS_MODES = ['in_batch_negatives', 'hard_negatives', 'all_negatives'] as const;

export type Direction = (typeof DIRECTIONS)[number];
export type PartitionMode = (typeof PARTITION_MODES)[number];
export type HardnessMode = (typeof HARDNESS_MODES)[number];

export interface SparseMultipleNegativesRankingLossOptions {
  /** The factor for similarities: 1 / temperature. Default 1. */
  scale?: number;
  /** [n, d] x [m, d] -> [n, m]. Default `dotScore`. */
  similarityFct?: SimilarityFunction;
  /** Gathers embeddings from all processes. A single process has nothing to gather and warns. Default false. */
  gatherAcrossDevices?: boolean;
  /** Which similarities the softmax includes. Default ['query_to_doc'], which is required. */
  directions?: readonly Direction[];
  /** One softmax over all directions, or one per direction. Default 'joint'. */
  partitionMode?: PartitionMode;
  /** Which negatives `hardnessStrength` x their own similarity makes harder. Default null: none. */
  hardnessMode?: HardnessMode | null;
  /** Default 0 */
  hardnessStrength?: number;
}

type Options = Required<SparseMultipleNegativesRankingLossOptions>;

const NAME = 'SparseMultipleNegativesRankingLoss';

const OPTIONS: OptionRules<Options> = {
  scale: numberAbove(0, 1),
  similarityFct: aFunction('a function ([n, d], [m, d]) -> [n, m]', dotScore),
  gatherAcrossDevices: flag(false),
  directions: {
    default: ['query_to_doc'],
    expects: `an array of ${DIRECTIONS.map((direction) => `"${direction}"`).join(', ')}, with "query_to_doc" among them`,
    accepts: (value) =>
      Array.isArray(value) &&
      value.includes('query_to_doc') &&
      value.every((direction) => DIRECTIONS.some((known) => known === direction)),
  },
  partitionMode: oneOf(PARTITION_MODES, 'joint'),
  hardnessMode: nullable(oneOf(HARDNESS_MODES)),
  hardnessStrength: numberFrom(0, 0),
};

/**
 * In-batch negatives ranking (InfoNCE) with optional hard negatives: every anchor must prefer its own positive.
 *
 * With Q the anchors, P the positives and D all documents (positives, then each column of negatives), B x N of them:
 *
 *     loss = mean_i ( z_i - s_i ),   s_i = scale sim(Q_i, P_i) (+ its hardness),   z_i = logsumexp of row i of
 *       query_to_doc    scale sim(Q_i, D_j)
 *       query_to_query  scale sim(Q_i, Q_j), j != i
 *       doc_to_query    scale sim(P_i, Q_j)
 *       doc_to_doc      scale sim(P_i, D_j), D_j not of query i
 *
 * over all chosen directions side by side (`joint`), or the mean of each direction's logsumexp (`per_direction`).
 * Hardness adds `hardnessStrength x stop_gradient(sim(Q_i, D_j))`, unscaled, to the chosen negatives of query_to_doc.
 *
 * @see van den Oord et al. (2018), https://arxiv.org/abs/1807.03748; Li et al. (2023), https://arxiv.org/abs/2308.03281
 */
export class SparseMultipleNegativesRankingLoss extends WrappedLoss {
  readonly scale: number;
  readonly similarityFct: SimilarityFunction;
  readonly gatherAcrossDevices: boolean;
  readonly directions: readonly Direction[];
  readonly partitionMode: PartitionMode;
  readonly hardnessMode: HardnessMode | null;
  readonly hardnessStrength: number;

  /**
   * @throws OptionError for unknown options, values out of range, and directions that `per_direction` cannot separate
   */
  constructor(model: EmbeddingModel, options?: SparseMultipleNegativesRankingLossOptions) {
    super(model);
    const resolved = resolveOptions<Options>(NAME, OPTIONS, options);
    this.scale = resolved.scale;
    this.similarityFct = resolved.similarityFct;
    this.gatherAcrossDevices = resolved.gatherAcrossDevices;
    this.directions = [...resolved.directions];
    this.partitionMode = resolved.partitionMode;
    this.hardnessMode = resolved.hardnessMode;
    this.hardnessStrength = resolved.hardnessStrength;
    this.#checkPartition();
    if (this.gatherAcrossDevices) warn(`${NAME}: gatherAcrossDevices has no effect in a single process.`);
    if (this.hardnessMode !== null && this.hardnessStrength === 0) {
      warn(`${NAME}: hardnessMode is "${this.hardnessMode}" but hardnessStrength is 0, so it has no effect.`);
    }
  }

  /** 1 / scale */
  get temperature(): number {
    return 1 / this.scale;
  }

  #checkPartition(): void {
    const sameSide = this.directions.some(
      (direction) => direction === 'query_to_query' || direction === 'doc_to_doc',
    );
    if (this.partitionMode === 'per_direction' && sameSide) {
      throw new OptionError(
        `${NAME}: directions are ${describe([...this.directions])} with partitionMode "per_direction"; expected only ` +
          `"query_to_doc" and "doc_to_query", since the others never contain the positive pair`,
      );
    }
  }

  /**
   * @param embeddings anchors, positives and any number of negatives: float32 [batch, dimensions] each
   * @returns a scalar
   * @throws InputError for fewer than two columns, columns of different shapes, or a similarity function that does not
   *   give one number per pair of rows
   */
  override computeLossFromEmbeddings(embeddings: EmbeddingColumns): tf.Scalar {
    checkEmbeddings(NAME, embeddings, { min: 2 }, undefined);
    return tf.tidy(() => {
      const [queries, positives] = embeddings as [tf.Tensor2D, tf.Tensor2D];
      const documents = tf.concat2d(embeddings.slice(1), 0);
      const batch = queries.shape[0];
      const own = tf.tile(tf.eye(batch), [1, embeddings.length - 1]).cast('bool') as tf.Tensor2D;
      const blocks = this.#logits(queries, positives, documents, own);
      const queryToDocument = blocks[0] as tf.Tensor2D;
      const positiveScores = tf
        .where(
          tf.eye(batch).cast('bool'),
          queryToDocument.slice([0, 0], [batch, batch]),
          tf.zeros([batch, batch]),
        )
        .sum<tf.Tensor1D>(1);
      const normalizers =
        this.partitionMode === 'joint'
          ? logSumExp(blocks.length === 1 ? queryToDocument : tf.concat(blocks, 1))
          : tf.addN(blocks.map(logSumExp)).div<tf.Tensor1D>(blocks.length);
      return normalizers.sub(positiveScores).mean<tf.Scalar>();
    });
  }

  /** One block of logits [B, candidates] per direction, query_to_doc first. */
  #logits(
    queries: tf.Tensor2D,
    positives: tf.Tensor2D,
    documents: tf.Tensor2D,
    own: tf.Tensor2D,
  ): tf.Tensor2D[] {
    const scale = hostScalar(() => this.scale);
    const similarity = (a: tf.Tensor2D, b: tf.Tensor2D): tf.Tensor2D =>
      checkResult(NAME, 'similarityFct', this.similarityFct(a, b), [a.shape[0], b.shape[0]]);
    const chosen = new Set(this.directions);
    const similarities = similarity(queries, documents);
    const blocks = [similarities.mul<tf.Tensor2D>(scale).add<tf.Tensor2D>(this.#hardness(similarities, own))];
    if (chosen.has('query_to_query')) {
      const itself = tf.eye(queries.shape[0]).cast('bool');
      blocks.push(without(itself, similarity(queries, queries)).mul(scale));
    }
    if (chosen.has('doc_to_query')) {
      blocks.push(similarity(queries, positives).transpose<tf.Tensor2D>().mul(scale));
    }
    if (chosen.has('doc_to_doc')) {
      blocks.push(without(own, similarity(documents, positives).transpose()).mul(scale));
    }
    return blocks;
  }

  /** The hardness term of query_to_doc: [B, B x N], or 0. */
  #hardness(similarities: tf.Tensor2D, own: tf.Tensor2D): tf.Tensor {
    const { hardnessMode } = this;
    const isSoft = setting(`whether ${NAME}.hardnessStrength is 0`, () => this.hardnessStrength === 0);
    if (hardnessMode === null || isSoft) return tf.scalar(0);
    const batch = similarities.shape[0];
    const isNegative = tf.range(0, similarities.shape[1]).greaterEqual(batch).expandDims(0);
    const chosen = {
      in_batch_negatives: () => own.logicalNot(),
      hard_negatives: () => own.logicalAnd(isNegative),
      all_negatives: () => own.logicalNot().logicalOr(isNegative),
    }[hardnessMode]();
    const strength = hostScalar(() => this.hardnessStrength);
    return tf.where(chosen, detach(similarities).mul(strength), tf.zerosLike(similarities));
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      scale: this.scale,
      similarity_fct: configName(this.similarityFct),
      gather_across_devices: this.gatherAcrossDevices,
      directions: [...this.directions],
      partition_mode: this.partitionMode,
      hardness_mode: this.hardnessMode,
      hardness_strength: this.hardnessStrength,
    };
  }

  /** GTE's paper for all four directions joined, Jina Embeddings 2's for both sides separately, otherwise InfoNCE's. */
  override get citation(): string {
    const chosen = new Set(this.directions);
    if (chosen.size === DIRECTIONS.length && this.partitionMode === 'joint') return GTE;
    if (chosen.size === 2 && chosen.has('doc_to_query') && this.partitionMode === 'per_direction') {
      return JINA;
    }
    return INFO_NCE;
  }
}

/** -Infinity where the mask is true */
function without(mask: tf.Tensor, scores: tf.Tensor2D): tf.Tensor2D {
  return tf.where(mask, tf.fill(scores.shape, -Infinity), scores);
}

const GTE = `
@misc{li2023generaltextembeddingsmultistage,
      title={Towards General Text Embeddings with Multi-stage Contrastive Learning},
      author={Zehan Li and Xin Zhang and Yanzhao Zhang and Dingkun Long and Pengjun Xie and Meishan Zhang},
      year={2023},
      eprint={2308.03281},
      archivePrefix={arXiv},
      primaryClass={cs.CL},
      url={https://arxiv.org/abs/2308.03281},
}
`;

const JINA = `
@misc{günther2024jinaembeddings28192token,
      title={Jina Embeddings 2: 8192-Token General-Purpose Text Embeddings for Long Documents},
      author={Michael Günther and Jackmin Ong and Isabelle Mohr and Alaeddine Abdessalem and Tanguy Abel and Mohammad Kalim Akram and Susana Guzman and Georgios Mastrapas and Saba Sturua and Bo Wang and Maximilian Werk and Nan Wang and Han Xiao},
      year={2024},
      eprint={2310.19923},
      archivePrefix={arXiv},
      primaryClass={cs.CL},
      url={https://arxiv.org/abs/2310.19923},
}
`;

const INFO_NCE = `
@misc{oord2019representationlearningcontrastivepredictive,
      title={Representation Learning with Contrastive Predictive Coding},
      author={Aaron van den Oord and Yazhe Li and Oriol Vinyals},
      year={2019},
      eprint={1807.03748},
      archivePrefix={arXiv},
      primaryClass={cs.LG},
      url={https://arxiv.org/abs/1807.03748},
}
`;
