import type * as tfjs from '@tensorflow/tfjs';
import { isObject } from '../arguments.js';
import type { EmbeddingModel } from '../features.js';
import { hostScalar } from '../ops/host-scalar.js';
import { type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkResult } from './inputs.js';
import { type Regularizer, RegularizerLoss } from './loss.js';

export interface WeightedRegularizer {
  readonly regularizer: Regularizer;
  /** Not read-only: a schedule may change it. */
  weight: number;
}

export interface WeightedRegularizersOptions {
  parts: readonly WeightedRegularizer[];
}

const isPart = (value: unknown): boolean => {
  const { regularizer, weight } = Object(value) as Record<string, unknown>;
  return (
    Number.isFinite(weight) &&
    isObject(regularizer) &&
    typeof Reflect.get(regularizer, 'computeLossFromEmbeddings') === 'function'
  );
};

const OPTIONS: OptionRules<WeightedRegularizersOptions> = {
  parts: {
    expects: 'a list of at least one { regularizer, weight }',
    accepts: (value) => Array.isArray(value) && value.length > 0 && value.every(isPart),
  },
};

/**
 * A weighted sum of regularizers, as one: sum_i weight_i R_i(E).
 *
 * @example
 * new WeightedRegularizers(model, { parts: [
 *   { regularizer: new FlopsLoss(model), weight: 1 },
 *   { regularizer: new AntiZeroLoss(model), weight: 0.1 },
 * ] });
 */
export class WeightedRegularizers extends RegularizerLoss {
  readonly parts: readonly WeightedRegularizer[];

  /** @throws OptionError for an unknown option, and for anything but a list of regularizers with their weights */
  constructor(model: EmbeddingModel, options: WeightedRegularizersOptions) {
    super(model);
    this.parts = resolveOptions<WeightedRegularizersOptions>('WeightedRegularizers', OPTIONS, options).parts;
  }

  /**
   * @param embeddings float32 [batch, dimensions]
   * @returns a scalar
   * @throws as the regularizers
   */
  override computeLossFromEmbeddings(embeddings: tfjs.Tensor2D): tfjs.Scalar {
    return tf.tidy(() =>
      tf.addN(
        this.parts.map((part) => {
          const value = part.regularizer.computeLossFromEmbeddings(embeddings);
          checkResult('WeightedRegularizers', part.regularizer.constructor.name, value, []);
          return value.mul<tfjs.Scalar>(hostScalar(() => part.weight));
        }),
      ),
    );
  }

  override getConfigDict(): Record<string, unknown> {
    return {
      parts: this.parts.map(({ regularizer, weight }) => ({
        regularizer: regularizer.constructor.name,
        weight,
      })),
    };
  }
}
