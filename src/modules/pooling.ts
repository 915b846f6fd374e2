import type { Rank } from '@tensorflow/tfjs';
import { describe } from '../describe.js';
import { InputError } from '../errors.js';
import type { Features } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { max } from '../ops/max.js';
import { countFrom, flag, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkForward } from './check-forward.js';
import { widthAt } from './flow.js';
import { newModule } from './initial-parameters.js';
import type { Module, ModuleKind } from './module.js';
import type { Parameters } from './parameters.js';
import { jsonObject, readConfig, tokenWidth, writeConfig } from './read-config.js';
import { tokenAt } from './token-at.js';

/** In the order in which the old boolean options are read. */
const MODES = ['cls', 'max', 'mean', 'mean_sqrt_len_tokens', 'weightedmean', 'lasttoken'] as const;
export type PoolingMode = (typeof MODES)[number];

export interface PoolingConfig {
  /** Width of the token embeddings. */
  readonly embeddingDimension: number;
  /** One mode, or several whose results are concatenated. Default `mean`. */
  readonly poolingMode: PoolingMode | readonly PoolingMode[];
  /** Whether to pool the tokens of a prompt, too (`promptLength` of the features). Default true. */
  readonly includePrompt: boolean;
}

export type PoolingOptions = Pick<PoolingConfig, 'embeddingDimension'> & Partial<PoolingConfig>;

const NAME = 'Pooling';

const isMode = (value: unknown): boolean => MODES.some((mode) => mode === value);

const poolingMode: OptionRule<PoolingConfig['poolingMode']> = {
  default: 'mean',
  expects: `one of ${MODES.map((mode) => `"${mode}"`).join(', ')}, or a list of them`,
  accepts: (value) => isMode(value) || (Array.isArray(value) && value.length > 0 && value.every(isMode)),
};

const OPTIONS: OptionRules<PoolingConfig> = {
  embeddingDimension: countFrom(1),
  poolingMode,
  includePrompt: flag(true),
};

interface Tokens {
  /** [batch, length, width] */
  readonly embeddings: tf.Tensor3D;
  /** float32 [batch, length]; 1 for a token */
  readonly mask: tf.Tensor2D;
  /** The same without the prompt, if the prompt is not pooled. */
  readonly pooled: tf.Tensor2D;
  /** [batch, width]: the embedding of the first token from an earlier module. */
  readonly cls: tf.Tensor2D | undefined;
}

/** Position of the first token that is not masked; 0 if all are masked. */
const first = (mask: tf.Tensor2D): tf.Tensor1D => tf.argMax(mask, 1);

const positions = (length: number): tf.Tensor2D => tf.range(0, length).expandDims(0);

/** sum_l w[b, l] x[b, l] */
const weightedSum = ({ embeddings }: Tokens, weights: tf.Tensor2D): tf.Tensor2D =>
  embeddings.mul(weights.expandDims(2)).sum(1);

/** Sum of each row, at least 1e-9, [batch, 1] */
const total = (weights: tf.Tensor2D): tf.Tensor => weights.sum(1, true).maximum(1e-9);

const POOLINGS: Readonly<Record<PoolingMode, (tokens: Tokens) => tf.Tensor2D>> = {
  cls: ({ embeddings, pooled, cls }) => cls ?? tokenAt(embeddings, first(pooled)),
  max: ({ embeddings, pooled }) => {
    const tokens: tf.Tensor = embeddings;
    const unmasked = tf.where(pooled.equal(0).expandDims(2), tf.scalar(-Infinity), tokens);
    return max(unmasked, 1) as tf.Tensor2D;
  },
  mean: (tokens) => weightedSum(tokens, tokens.pooled).div(total(tokens.pooled)),
  mean_sqrt_len_tokens: (tokens) => weightedSum(tokens, tokens.pooled).div(total(tokens.pooled).sqrt()),
  // 1, 2, 3, ... from the first token on, including a prompt.
  weightedmean: (tokens) => {
    const place = positions(tokens.mask.shape[1]).add(1).sub(first(tokens.mask).expandDims(1));
    const weights = tokens.pooled.mul<tf.Tensor2D>(place);
    return weightedSum(tokens, weights).div(total(weights));
  },
  lasttoken: ({ embeddings, pooled }) => {
    const last = tf.argMax(pooled.mul(positions(pooled.shape[1]).add(1)), 1) as tf.Tensor1D;
    return tokenAt(embeddings.mul(pooled.expandDims(2)), last);
  },
};

/**
 * Token embeddings -> one embedding per text, by the mask: the first token (`cls`; `clsTokenEmbeddings` if present),
 * the last, the maximum, the mean, the sum divided by the square root of the number of tokens, or the mean weighted by
 * position. Padding may be on either side.
 */
class Pooling implements Module {
  readonly kind: ModuleKind<PoolingConfig> = poolingKind;
  readonly parameters: Parameters;
  readonly dimension: number;
  readonly #config: PoolingConfig;
  readonly #modes: readonly PoolingMode[];

  constructor(config: PoolingConfig, parameters: Parameters) {
    this.parameters = parameters;
    this.#config = config;
    this.#modes = [config.poolingMode].flat();
    this.dimension = config.embeddingDimension * this.#modes.length;
  }

  config(): Record<string, unknown> {
    const [mode] = this.#modes;
    return writeConfig({ ...this.#config, poolingMode: this.#modes.length === 1 ? mode : this.#modes });
  }

  forward(features: Features): Features {
    checkForward(NAME, features);
    const sentenceEmbedding = tf.tidy(() => {
      const tokens = this.#tokens(features);
      return tf.concat(
        this.#modes.map((mode) => POOLINGS[mode](tokens)),
        1,
      );
    });
    return { ...features, sentenceEmbedding };
  }

  #tokens({
    tokenEmbeddings: embeddings,
    attentionMask,
    promptLength,
    clsTokenEmbeddings: cls,
  }: Features): Tokens {
    if (embeddings?.rank !== 3) {
      throw new InputError(
        `${NAME}: tokenEmbeddings are ${embeddings === undefined ? 'missing' : `of shape [${embeddings.shape.join(', ')}]`}; ` +
          'expected [batch, length, width]',
      );
    }
    const [rows, length] = (embeddings as tf.Tensor3D).shape;
    const mask =
      attentionMask?.shape[1] === length
        ? (attentionMask.toFloat() as tf.Tensor2D)
        : tf.ones<Rank.R2>([rows, length]);
    const skipped = this.#config.includePrompt ? 0 : (promptLength ?? 0);
    if (typeof skipped !== 'number' && !isTensor(skipped)) {
      throw new InputError(
        `${NAME}: promptLength is ${describe(skipped)}; expected a number of tokens, or a scalar tensor with it`,
      );
    }
    const width = embeddings.shape[2];
    if (cls !== undefined && cls.shape.join() !== `${rows},${width}`) {
      throw new InputError(
        `${NAME}: clsTokenEmbeddings are of shape [${cls.shape.join(', ')}]; expected [${rows}, ${width}]`,
      );
    }
    return {
      embeddings: embeddings as tf.Tensor3D,
      mask,
      pooled: withoutPrompt(mask, skipped),
      cls: cls as tf.Tensor2D | undefined,
    };
  }
}

/** The mask without the first `count` tokens of each text. */
function withoutPrompt(mask: tf.Tensor2D, count: number | tf.Tensor): tf.Tensor2D {
  if (count === 0) return mask;
  const start = first(mask)
    .toFloat()
    .expandDims(1)
    .add(isTensor(count) ? count.toFloat() : count);
  return mask.mul(positions(mask.shape[1]).greaterEqual(start).toFloat());
}

const OLD_DIMENSION = 'word_embedding_dimension';

/** Old files have a boolean for each mode, and another name for the dimension. */
const OLD_MODES: ReadonlyMap<string, PoolingMode> = new Map([
  ['pooling_mode_cls_token', 'cls'],
  ['pooling_mode_max_tokens', 'max'],
  ['pooling_mode_mean_tokens', 'mean'],
  ['pooling_mode_mean_sqrt_len_tokens', 'mean_sqrt_len_tokens'],
  ['pooling_mode_weightedmean_tokens', 'weightedmean'],
  ['pooling_mode_lasttoken', 'lasttoken'],
]);

/** The config with current keys. If an old and a current key have the same meaning, the current one wins. */
function withoutOldKeys(json: Record<string, unknown>): Record<string, unknown> {
  const { [OLD_DIMENSION]: dimension, ...rest } = json;
  const isOld = (key: string): boolean => OLD_MODES.has(key);
  const current = Object.fromEntries(Object.entries(rest).filter(([key]) => !isOld(key)));
  const modes = [...OLD_MODES].flatMap(([key, mode]) => (rest[key] ? [mode] : []));
  return {
    ...(dimension !== undefined && { embedding_dimension: dimension }),
    ...(modes.length > 0 && { pooling_mode: modes.length === 1 ? modes[0] : modes }),
    ...current,
  };
}

export const poolingKind: ModuleKind<PoolingConfig> = {
  name: NAME,
  path: 'sentence_transformers.sentence_transformer.modules.pooling',
  configFile: 'config.json',
  readConfig: (json, surroundings) => {
    const config = readConfig(NAME, OPTIONS, withoutOldKeys(jsonObject(`the config of ${NAME}`, json)));
    const { embeddingDimension: said } = config;
    return { ...config, embeddingDimension: tokenWidth(NAME, said, surroundings) ?? said };
  },
  parameters: () => [],
  create: (config, parameters) => new Pooling(config, parameters),
  flow: (config) => ({
    takes: 'token_embeddings',
    makes: 'sentence_embedding',
    inputWidth: widthAt(config, 'embedding_dimension'),
    leavesOutPrompt: config['include_prompt'] === false,
  }),
};

/**
 * A new pooling of token embeddings.
 *
 * @throws OptionError if an option is unknown, missing or out of range
 */
export function pooling(options: PoolingOptions): Module {
  return newModule(poolingKind, resolveOptions(NAME, OPTIONS, options), 0);
}
