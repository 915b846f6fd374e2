import { counted } from '../counted.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { detach } from '../ops/detach.js';
import { meanSquare } from '../ops/mean-square.js';
import { resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { embedColumns } from './embed-columns.js';
import { checkEmbeddings, checkLabels, wrongLabelShape } from './inputs.js';
import { type LabelValues, requireFinite } from './label-values.js';
import { type BaseLoss, Loss } from './loss.js';

const NAME = 'SparseMSELoss';

/**
 * Distillation of embeddings: every column's embedding should equal its teacher's.
 *
 *     loss = mean over columns c of mean over [B, D] of (E_c - T_c)^2
 *
 * Besides the wrappers, this is the only loss that also trains alone. `forward` passes no gradient to the labels.
 * `computeLossFromEmbeddings`, and so every wrapper, does, as in the reference.
 *
 * @see Reimers and Gurevych, Making Monolingual Sentence Embeddings Multilingual (2020), https://arxiv.org/abs/2004.09813
 */
export class SparseMSELoss extends Loss implements BaseLoss {
  /** @throws OptionError for any option: there are none */
  constructor(model: EmbeddingModel, options?: Record<string, never>) {
    super(model);
    resolveOptions(NAME, {}, options);
  }

  /**
   * @param sentenceFeatures one entry per column
   * @param labels as for `computeLossFromEmbeddings`
   */
  override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): tf.Scalar {
    return tf.tidy(() => {
      const embeddings = embedColumns(NAME, this.model, sentenceFeatures);
      return this.computeLossFromEmbeddings(embeddings, detach(checkTargets(embeddings, labels)));
    });
  }

  /**
   * @param embeddings one or more columns: float32 [batch, dimensions] each
   * @param labels [batch, dimensions], the target of every column, or [batch, columns, dimensions], a target per column
   * @returns a scalar
   * @throws InputError for missing labels, labels that are not finite, or labels of another shape
   */
  computeLossFromEmbeddings(embeddings: EmbeddingColumns, labels?: tf.Tensor): tf.Scalar {
    const targets = checkTargets(embeddings, labels);
    return tf.tidy(() => {
      const numbers = targets.cast('float32');
      const losses = embeddings.map((embedding, column) =>
        meanSquare(embedding.sub(targetOf(column, numbers, embedding.shape))),
      );
      return tf.addN(losses).div<tf.Scalar>(embeddings.length);
    });
  }

  /** Every label must be finite. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    requireFinite(NAME, values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return { projection_dim: null };
  }

  override get citation(): string {
    return `
@inproceedings{reimers-2020-multilingual-sentence-bert,
    title = "Making Monolingual Sentence Embeddings Multilingual using Knowledge Distillation",
    author = "Reimers, Nils and Gurevych, Iryna",
    booktitle = "Proceedings of the 2020 Conference on Empirical Methods in Natural Language Processing",
    month = "11",
    year = "2020",
    publisher = "Association for Computational Linguistics",
    url = "https://arxiv.org/abs/2004.09813",
}
`;
  }
}

/** Checks the labels. */
function checkTargets(embeddings: EmbeddingColumns, labels: tf.Tensor | undefined): tf.Tensor {
  checkEmbeddings(NAME, embeddings, { min: 1 }, labels);
  const [batch, dimensions] = (embeddings[0] as tf.Tensor2D).shape;
  const columns = embeddings.length;
  const expected = `[${batch}, ${dimensions}] or [${batch}, ${columns}, ${dimensions}] for ${counted(columns, 'column')}`;
  const targets = checkLabels(NAME, labels, `a teacher's embeddings, ${expected}`);
  const allowed = [
    [batch, dimensions],
    [batch, columns, dimensions],
  ];
  if (!allowed.some((shape) => sameShape(targets.shape, shape))) wrongLabelShape(NAME, targets, expected);
  return targets;
}

/** The target of one column, from labels with one target for all columns or one for each. */
function targetOf(column: number, labels: tf.Tensor, [batch, dimensions]: [number, number]): tf.Tensor2D {
  if (labels.rank === 2) return labels as tf.Tensor2D;
  return labels.slice([0, column, 0], [batch, 1, dimensions]).reshape([batch, dimensions]);
}

function sameShape(a: readonly number[], b: readonly number[]): boolean {
  return a.length === b.length && a.every((size, axis) => size === b[axis]);
}
