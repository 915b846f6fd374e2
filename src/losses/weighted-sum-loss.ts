import type * as tfjs from '@tensorflow/tfjs';
import { isObject } from '../arguments.js';
import type { EmbeddingColumns, EmbeddingModel } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import { type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { baseComponents, checkBaseLoss } from './base-loss.js';
import type { LabelValues } from './label-values.js';
import { type BaseLoss, WrappedLoss } from './loss.js';

export interface WeightedPart {
  readonly loss: BaseLoss;
  /** Not read-only: a schedule may change it. */
  weight: number;
}

export interface WeightedSumLossOptions {
  /** The losses by name. */
  losses: Readonly<Record<string, WeightedPart>>;
}

const isPart = (value: unknown): boolean => {
  const { loss, weight } = Object(value) as Record<string, unknown>;
  return (
    Number.isFinite(weight) &&
    isObject(loss) &&
    typeof Reflect.get(loss, 'computeLossFromEmbeddings') === 'function'
  );
};

const NAME = 'WeightedSumLoss';

const OPTIONS: OptionRules<WeightedSumLossOptions> = {
  losses: {
    expects: 'an object of at least one { loss, weight } by name',
    accepts: (value) =>
      isObject(value) &&
      !Array.isArray(value) &&
      Object.keys(value).length > 0 &&
      Object.values(value).every(isPart),
  },
};

/**
 * A weighted sum of base losses on the same batch, each a component of its own name:
 *
 *     sum_i weight_i loss_i(embeddings, labels)
 *
 * naver/splade trains with 0.99 KL divergence, 0.05 MarginMSE and 0.01 in-batch negatives. The labels go to each of the losses:
 * here a teacher's scores, of which the first two make what they need and the last makes no use.
 *
 * @example
 * const loss = new WeightedSumLoss(model, { losses: {
 *   kl: { loss: new SparseDistillKLDivLoss(model), weight: 0.99 },
 *   margin: { loss: new SparseMarginMSELoss(model), weight: 0.05 },
 *   ranking: { loss: new SparseMultipleNegativesRankingLoss(model), weight: 0.01 },
 * } });
 */
export class WeightedSumLoss extends WrappedLoss {
  readonly losses: Readonly<Record<string, WeightedPart>>;

  /** @throws OptionError for an unknown option, and for anything but losses with weights by name */
  constructor(model: EmbeddingModel, options: WeightedSumLossOptions) {
    super(model);
    this.losses = resolveOptions<WeightedSumLossOptions>(NAME, OPTIONS, options).losses;
    for (const { loss } of Object.values(this.losses)) checkBaseLoss(NAME, loss);
  }

  /**
   * @param embeddings as the losses take them
   * @param labels go to each of the losses
   * @returns the weighted components: `name` for the only one of a loss, otherwise `name_component`
   * @throws InputError as the losses
   */
  override computeLossFromEmbeddings(
    embeddings: EmbeddingColumns,
    labels?: tfjs.Tensor,
  ): Record<string, tfjs.Scalar> {
    return tf.tidy(() => {
      const components: Record<string, tfjs.Scalar> = {};
      for (const [name, part] of Object.entries(this.losses)) {
        const own = Object.entries(baseComponents(NAME, part.loss, embeddings, labels));
        for (const [component, value] of own) {
          const key = own.length === 1 ? name : `${name}_${component}`;
          components[key] = value.mul<tfjs.Scalar>(hostScalar(() => part.weight));
        }
      }
      return components;
    });
  }

  /** As the losses. */
  override checkLabelValues(values: LabelValues, shape: readonly number[]): void {
    for (const { loss } of Object.values(this.losses)) loss.checkLabelValues?.(values, shape);
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      losses: Object.fromEntries(
        Object.entries(this.losses).map(([name, { loss, weight }]) => [
          name,
          { loss: loss.constructor.name, weight },
        ]),
      ),
    };
  }
}
