import { InputError, OptionError } from '../errors.js';
import type { EmbeddingColumns, EmbeddingModel, Features } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import {
  computesFromEmbeddings,
  flag,
  nullable,
  number,
  numberFrom,
  type OptionRules,
  resolveOptions,
} from '../options.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { warn } from '../warnings.js';
import { baseComponents, checkBaseLoss } from './base-loss.js';
import { embedColumns } from './embed-columns.js';
import { FlopsLoss } from './flops-loss.js';
import { checkFeatures, checkResult } from './inputs.js';
import type { LabelValues } from './label-values.js';
import { type BaseLoss, Loss, type Regularizer } from './loss.js';

export interface SpladeLossOptions {
  /** The base loss: any loss with `computeLossFromEmbeddings`. Required. */
  loss: BaseLoss;
  /** Weight of the document regularizer. Required. */
  documentRegularizerWeight: number;
  /** Weight of the query regularizer. Default null: queries are not regularized. */
  queryRegularizerWeight?: number | null;
  /** Default: a FlopsLoss with `documentRegularizerThreshold` */
  documentRegularizer?: Regularizer | null;
  /** Default: a FlopsLoss with `queryRegularizerThreshold` */
  queryRegularizer?: Regularizer | null;
  /** Documents with at most this many active dimensions are not regularized. Default null. */
  documentRegularizerThreshold?: number | null;
  /** Queries with at most this many active dimensions are not regularized. Default null. */
  queryRegularizerThreshold?: number | null;
  /** Whether all columns are documents, with one regularizer for all. Default false. */
  useDocumentRegularizerOnly?: boolean;
}

export const SPLADE_OPTIONS: OptionRules<Required<SpladeLossOptions>> = {
  loss: computesFromEmbeddings<BaseLoss>('a loss'),
  documentRegularizerWeight: number(),
  queryRegularizerWeight: nullable(number()),
  documentRegularizer: nullable(computesFromEmbeddings<Regularizer>('a regularizer')),
  queryRegularizer: nullable(computesFromEmbeddings<Regularizer>('a regularizer')),
  documentRegularizerThreshold: nullable(numberFrom(0)),
  queryRegularizerThreshold: nullable(numberFrom(0)),
  useDocumentRegularizerOnly: flag(false),
};

/**
 * SPLADE: a base loss, and regularizers that keep the embeddings sparse.
 *
 *     base_loss + documentRegularizerWeight R(documents) [+ queryRegularizerWeight R(queries)]
 *
 * The first column holds the queries, and all other columns together hold the documents. With
 * `useDocumentRegularizerOnly` every column is a document. The components are `base_loss` (or those of the base loss),
 * `document_regularizer_loss`, and `query_regularizer_loss` if a query weight is set.
 *
 * @see Formal et al., From Distillation to Hard Negative Sampling (2022), https://arxiv.org/abs/2205.04733
 */
export class SpladeLoss extends Loss {
  readonly loss: BaseLoss;
  readonly documentRegularizer: Regularizer;
  /** null if only documents are regularized */
  readonly queryRegularizer: Regularizer | null;
  /** Not read-only: schedules change it during training. */
  documentRegularizerWeight: number;
  /** Not read-only: schedules change it during training. */
  queryRegularizerWeight: number | null;
  readonly useDocumentRegularizerOnly: boolean;

  /**
   * Warns if queries have no regularizer although this was not requested, and if a query weight has no effect.
   *
   * @throws OptionError for unknown options, options of the wrong type, or a base loss that cannot be one
   */
  constructor(model: EmbeddingModel, options: SpladeLossOptions) {
    super(model);
    const name = this.constructor.name;
    const resolved = resolveOptions<Required<SpladeLossOptions>>(name, SPLADE_OPTIONS, options);
    checkBaseLoss(name, resolved.loss);
    const { useDocumentRegularizerOnly: documentsOnly } = resolved;
    this.loss = resolved.loss;
    this.useDocumentRegularizerOnly = documentsOnly;
    this.documentRegularizerWeight = resolved.documentRegularizerWeight;
    this.queryRegularizerWeight = documentsOnly ? null : resolved.queryRegularizerWeight;
    this.documentRegularizer =
      resolved.documentRegularizer ??
      new FlopsLoss(model, { threshold: resolved.documentRegularizerThreshold });
    this.queryRegularizer =
      resolved.queryRegularizer ??
      (documentsOnly ? null : new FlopsLoss(model, { threshold: resolved.queryRegularizerThreshold }));
    warnOfIdleThresholds(name, resolved);
    if (documentsOnly && resolved.queryRegularizerWeight !== null) {
      warn(
        `${name}: queryRegularizerWeight has no effect, since useDocumentRegularizerOnly treats all columns alike.`,
      );
    }
    if (!documentsOnly && resolved.queryRegularizerWeight === null) {
      warn(
        `${name}: without queryRegularizerWeight queries are not regularized; right for inference-free models only.`,
      );
    }
  }

  /**
   * @param sentenceFeatures one entry per column, queries first
   * @param labels passed to the base loss
   * @returns named scalars whose sum is the loss
   * @throws InputError if there are fewer columns than the regularizers need, or the base loss refuses its input
   */
  override forward(sentenceFeatures: readonly Features[], labels?: tf.Tensor): Record<string, tf.Scalar> {
    this.checkColumns(sentenceFeatures);
    const name = this.constructor.name;
    return tf.tidy(() => this.componentsOf(embedColumns(name, this.model, sentenceFeatures), labels));
  }

  /** Throws an InputError if there are fewer columns than the regularizers need, before any column is embedded. */
  protected checkColumns(sentenceFeatures: readonly Features[]): void {
    const name = this.constructor.name;
    checkFeatures(name, sentenceFeatures);
    if (sentenceFeatures.length === 1 && !this.useDocumentRegularizerOnly) {
      throw new InputError(
        `${name}: got 1 column; expected queries and one or more columns of documents, ` +
          `or useDocumentRegularizerOnly for data without queries`,
      );
    }
  }

  /** The components, in the reference's order, computed from the embeddings of the columns. */
  protected componentsOf(
    embeddings: EmbeddingColumns,
    labels: tf.Tensor | undefined,
  ): Record<string, tf.Scalar> {
    const name = this.constructor.name;
    const documents = this.useDocumentRegularizerOnly ? embeddings : embeddings.slice(1);
    const [queries] = embeddings as [tf.Tensor2D, ...tf.Tensor2D[]];
    const components = { ...baseComponents(name, this.loss, embeddings, labels) };
    const add = (component: string, value: tf.Scalar): void => {
      if (component in components) {
        throw new OptionError(
          `${name}: the base loss already has a component "${component}", which is the name of a regularizer's; ` +
            `give the base loss's component another name`,
        );
      }
      components[component] = value;
    };
    const document = this.documentRegularizer.computeLossFromEmbeddings(tf.concat2d([...documents], 0));
    checkResult(name, 'documentRegularizer', document, []);
    add('document_regularizer_loss', document.mul(hostScalar(() => this.documentRegularizerWeight)));
    const hasQueryWeight = setting(
      `whether ${name}.queryRegularizerWeight is null`,
      () => this.queryRegularizerWeight !== null,
    );
    if (hasQueryWeight && this.queryRegularizer !== null) {
      const query = this.queryRegularizer.computeLossFromEmbeddings(queries);
      checkResult(name, 'queryRegularizer', query, []);
      add('query_regularizer_loss', query.mul(hostScalar(() => this.queryRegularizerWeight as number)));
    }
    return components;
  }

  /** As the base loss. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    this.loss.checkLabelValues?.(values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    const { documentRegularizer, queryRegularizer, queryRegularizerWeight } = this;
    return {
      loss: this.loss,
      document_regularizer_weight: this.documentRegularizerWeight,
      ...(queryRegularizerWeight === null ? {} : { query_regularizer_weight: queryRegularizerWeight }),
      ...regularizerConfig('document_regularizer', documentRegularizer),
      ...(queryRegularizer === null ? {} : regularizerConfig('query_regularizer', queryRegularizer)),
    };
  }

  override get citation(): string {
    return `
@misc{formal2022distillationhardnegativesampling,
      title={From Distillation to Hard Negative Sampling: Making Sparse Neural IR Models More Effective},
      author={Thibault Formal and Carlos Lassance and Benjamin Piwowarski and Stéphane Clinchant},
      year={2022},
      eprint={2205.04733},
      archivePrefix={arXiv},
      primaryClass={cs.IR},
      url={https://arxiv.org/abs/2205.04733},
}
`;
  }
}

function warnOfIdleThresholds(name: string, options: Required<SpladeLossOptions>): void {
  for (const side of ['documentRegularizer', 'queryRegularizer'] as const) {
    if (options[side] !== null && options[`${side}Threshold`] !== null) {
      warn(
        `${name}: ${side}Threshold has no effect beside ${side}; it is for the FlopsLoss that is made without one.`,
      );
    }
  }
}

/** The class of a regularizer other than FlopsLoss, and its threshold, if it has one. */
function regularizerConfig(key: string, regularizer: Regularizer): Record<string, unknown> {
  const { threshold } = regularizer;
  return {
    ...(regularizer instanceof FlopsLoss ? {} : { [key]: regularizer.constructor.name }),
    ...(threshold === undefined || threshold === null ? {} : { [`${key}_threshold`]: threshold }),
  };
}
