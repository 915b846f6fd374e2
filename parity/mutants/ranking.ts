import { type EmbeddingColumns, SparseMultipleNegativesRankingLoss } from '../../src/api/losses.js';
import { detach } from '../../src/ops/detach.js';
import { logSumExp } from '../../src/ops/log-sum-exp.js';
import { tf } from '../../src/tf.js';
import { type LossClass, stepwise, type Topic, wrongDefault } from './mutant.js';

type Loss = SparseMultipleNegativesRankingLoss;

interface Steps {
  /** The columns whose rows are candidates: positives, then negatives. */
  readonly candidates: (documents: tf.Tensor2D[]) => tf.Tensor2D[];
  readonly docToDocCandidates: (documents: tf.Tensor2D[]) => tf.Tensor2D[];
  readonly scaled: (similarities: tf.Tensor, scale: number) => tf.Tensor;
  /** Which candidates of query_to_doc become harder: those of other queries, and a column of negatives. */
  readonly hardened: (others: tf.Tensor, negative: tf.Tensor, mode: Loss['hardnessMode']) => tf.Tensor;
  readonly hardness: (similarities: tf.Tensor, loss: Loss) => tf.Tensor;
  readonly docToQuery: (queryToDocument: tf.Tensor2D) => tf.Tensor2D;
  /** True for the entries that query_to_query leaves out. */
  readonly sameQuery: (batch: number) => tf.Tensor;
  /** True for the entries that doc_to_doc leaves out: [B, B x columns]. */
  readonly ownDocuments: (batch: number, columns: number) => tf.Tensor;
  /** From query_to_doc [B, B x columns] to the positives' logits [B]. */
  readonly positive: (logits: tf.Tensor2D) => tf.Tensor;
  readonly logSumExp: (logits: tf.Tensor2D) => tf.Tensor;
  readonly apart: (normalizers: tf.Tensor[]) => tf.Tensor;
  readonly isJoint: (loss: Loss) => boolean;
  readonly reduce: (losses: tf.Tensor) => tf.Tensor;
}

const own = (batch: number, columns: number): tf.Tensor => tf.tile(tf.eye(batch), [1, columns]).cast('bool');

const diagonal = (scores: tf.Tensor2D, mask: tf.Tensor): tf.Tensor =>
  tf.where(mask.cast('bool'), scores.slice([0, 0], [-1, mask.shape[1] ?? 0]), 0).sum(1);

const RIGHT: Steps = {
  candidates: (documents) => documents,
  docToDocCandidates: (documents) => documents,
  scaled: (similarities, scale) => similarities.mul(scale),
  hardened: (others, negative, mode) => {
    if (mode === 'in_batch_negatives') return others;
    return mode === 'hard_negatives' ? others.logicalNot().logicalAnd(negative) : others.logicalOr(negative);
  },
  hardness: (similarities, { hardnessStrength }) => detach(similarities).mul(hardnessStrength),
  docToQuery: (queryToDocument) => queryToDocument.transpose(),
  sameQuery: (batch) => tf.eye(batch).cast('bool'),
  ownDocuments: own,
  positive: (queryToDocument) => diagonal(queryToDocument, tf.eye(queryToDocument.shape[0])),
  logSumExp,
  apart: (normalizers) => tf.addN(normalizers).div(normalizers.length),
  isJoint: ({ partitionMode }) => partitionMode === 'joint',
  reduce: (losses) => losses.mean(),
};

function restate(wrong: Partial<Steps>): LossClass {
  const steps = { ...RIGHT, ...wrong };
  return class extends SparseMultipleNegativesRankingLoss {
    override computeLossFromEmbeddings(embeddings: EmbeddingColumns): tf.Scalar {
      return tf.tidy(() => {
        const blocks = logitBlocks(this, steps, embeddings);
        const normalizers = steps.isJoint(this)
          ? steps.logSumExp(tf.concat2d(blocks, 1))
          : steps.apart(blocks.map(steps.logSumExp));
        return steps.reduce(normalizers.sub(steps.positive(blocks[0] as tf.Tensor2D))) as tf.Scalar;
      });
    }
  };
}

function logitBlocks(loss: Loss, steps: Steps, embeddings: EmbeddingColumns): tf.Tensor2D[] {
  const { scale, similarityFct, directions, hardnessMode, hardnessStrength } = loss;
  const [queries, ...documents] = embeddings as [tf.Tensor2D, ...tf.Tensor2D[]];
  const positives = documents[0] as tf.Tensor2D;
  const batch = queries.shape[0];
  const scaled = (similarities: tf.Tensor): tf.Tensor2D => steps.scaled(similarities, scale) as tf.Tensor2D;
  const without = (mask: tf.Tensor, similarities: tf.Tensor): tf.Tensor =>
    tf.where(mask, tf.fill(similarities.shape, -Infinity), similarities);

  const similarities = similarityFct(queries, tf.concat2d(steps.candidates(documents), 0));
  let queryToDoc = scaled(similarities);
  if (hardnessMode !== null && hardnessStrength > 0) {
    const columns = similarities.shape[1] / batch;
    const negative = tf.range(0, similarities.shape[1]).greaterEqual(batch).expandDims(0);
    const chosen = steps.hardened(own(batch, columns).logicalNot(), negative, hardnessMode);
    queryToDoc = queryToDoc.add(
      tf.where(chosen, steps.hardness(similarities, loss), tf.zerosLike(similarities)),
    );
  }
  const blocks = [queryToDoc];
  if (directions.includes('query_to_query')) {
    blocks.push(scaled(without(steps.sameQuery(batch), similarityFct(queries, queries))));
  }
  if (directions.includes('doc_to_query')) {
    blocks.push(scaled(steps.docToQuery(similarityFct(queries, positives))));
  }
  if (directions.includes('doc_to_doc')) {
    const candidates = steps.docToDocCandidates(documents);
    const between = similarityFct(tf.concat2d(candidates, 0), positives).transpose();
    blocks.push(scaled(without(steps.ownDocuments(batch, candidates.length), between)));
  }
  return blocks;
}

const none = (rows: number, columns: number): tf.Tensor => tf.zeros([rows, columns]).cast('bool');

const TOPIC = stepwise('SparseMultipleNegativesRankingLoss', restate, {
  sum: { what: 'sum over the batch instead of the mean', steps: { reduce: (losses) => losses.sum() } },
  sign: { what: 'the positive is pushed away', steps: { reduce: (losses) => losses.mean().neg() } },
  'diagonal-off-by-one': {
    what: 'the positive of the next row counts as the own one',
    steps: {
      positive: (all) => {
        const batch = all.shape[0];
        const next = Array.from({ length: batch }, (_, row) => (row + 1) % batch);
        return diagonal(all, tf.gather(tf.eye(batch), tf.tensor1d(next, 'int32')));
      },
    },
  },
  'positive-detached': {
    what: 'no gradient through the positive term',
    steps: { positive: (all) => detach(RIGHT.positive(all)) },
  },
  'naive-log-sum-exp': {
    what: 'log(sum exp) as it stands, which overflows',
    steps: { logSumExp: (all) => all.exp().sum(1).log() },
  },
  'softmax-over-batch': {
    what: 'the normalizer runs over the rows instead of the candidates',
    steps: {
      logSumExp: (all) => logSumExp(all.transpose()).slice(0, all.shape[0]),
    },
  },
  'scale-divides': {
    what: 'the scale is taken for a temperature',
    steps: { scaled: (similarities, scale) => similarities.div(scale) },
  },
  'no-scale': { what: 'the scale is ignored', steps: { scaled: (similarities) => similarities } },
  'last-negative-dropped': {
    what: 'the last column of negatives is ignored',
    steps: { candidates: (documents) => (documents.length > 1 ? documents.slice(0, -1) : documents) },
  },
  'negatives-dropped': {
    what: 'columns of negatives are ignored',
    steps: { candidates: (documents) => documents.slice(0, 1) },
  },
  'doc-to-doc-without-negatives': {
    what: 'negatives are not candidates in doc_to_doc',
    steps: { docToDocCandidates: (documents) => documents.slice(0, 1) },
  },
  'doc-to-doc-own-negatives': {
    what: 'only the own positive is masked in doc_to_doc, not the own negatives',
    steps: {
      ownDocuments: (batch, columns) => tf.concat([own(batch, 1), none(batch, batch * (columns - 1))], 1),
    },
  },
  'doc-to-doc-unmasked': {
    what: 'documents are candidates for themselves in doc_to_doc',
    steps: { ownDocuments: (batch, columns) => none(batch, batch * columns) },
  },
  'query-to-query-unmasked': {
    what: 'queries are candidates for themselves',
    steps: { sameQuery: (batch) => none(batch, batch) },
  },
  'doc-to-query-not-transposed': {
    what: 'doc_to_query repeats the rows of query_to_doc',
    steps: { docToQuery: (queryToDocument) => queryToDocument },
  },
  'per-direction-sum': {
    what: 'per_direction adds the normalizers instead of averaging them',
    steps: { apart: (normalizers) => tf.addN(normalizers) },
  },
  'always-joint': { what: 'per_direction is treated as joint', steps: { isJoint: () => true } },
  'always-apart': { what: 'joint is treated as per_direction', steps: { isJoint: () => false } },
  'hardness-with-gradient': {
    what: 'the gradient flows through the hardness',
    steps: { hardness: (similarities, { hardnessStrength }) => similarities.mul(hardnessStrength) },
  },
  'hardness-scaled': {
    what: 'hardness is added before scaling',
    steps: {
      hardness: (similarities, { hardnessStrength, scale }) =>
        detach(similarities).mul(hardnessStrength * scale),
    },
  },
  'hardness-sign': {
    what: 'hardness makes negatives easier',
    steps: { hardness: (similarities, { hardnessStrength }) => detach(similarities).mul(-hardnessStrength) },
  },
  'hardness-on-positive': {
    what: 'hardness is added to the positive, too',
    steps: {
      hardened: (others, negative, mode) =>
        mode === 'in_batch_negatives' ? tf.onesLike(others) : RIGHT.hardened(others, negative, mode),
    },
  },
  'hardness-modes-swapped': {
    what: 'in_batch_negatives and hard_negatives stand for each other',
    steps: {
      hardened: (others, negative, mode) => {
        const swapped = mode === 'in_batch_negatives' ? 'hard_negatives' : 'in_batch_negatives';
        return RIGHT.hardened(others, negative, mode === 'all_negatives' ? mode : swapped);
      },
    },
  },
  'hardness-all-columns': {
    what: 'hard_negatives also chooses the negatives of other queries',
    steps: {
      hardened: (others, negative, mode) =>
        mode === 'hard_negatives'
          ? negative.logicalAnd(tf.onesLike(others))
          : RIGHT.hardened(others, negative, mode),
    },
  },
});

export const RANKING: Topic = {
  ...TOPIC,
  mutants: [...TOPIC.mutants, wrongDefault('SparseMultipleNegativesRankingLoss', 'scale', 20)],
};
