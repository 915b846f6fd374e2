import { checkArguments, objectWith } from '../arguments.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import type { Features } from '../features.js';
import { aText, flag, nullable, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import { checkForward } from './check-forward.js';
import type { InputRules, Module, ModuleKind, ModuleParts } from './module.js';
import { Parameters } from './parameters.js';
import { readConfig } from './read-config.js';
import { tokenWeights } from './token-weights.js';

export interface SparseStaticEmbeddingConfig {
  /** Number of ids of the tokenizer: the width of the embedding. */
  readonly vocabularySize: number;
  /** Whether training leaves the weights unchanged. */
  readonly frozen: boolean;
  /** The path of a map from tokens to weights (idf.json), if the config names one instead of a weights file. */
  readonly weightsPath: string | null;
}

export interface SparseStaticEmbeddingOptions {
  /** The tokenizer of another module, or a result of `loadTokenizer`. It is saved with this module. */
  readonly tokenizer: Tokenizer;
  /** A weight for each id of the tokenizer. Default: all 1. */
  readonly weight?: ArrayLike<number> | null;
  /** Default false. */
  readonly frozen?: boolean;
}

/** How `fromTokenWeights` reads a map. */
export interface TokenWeightsOptions {
  /** Default false. */
  readonly frozen?: boolean;
  /** The name of the map in errors. */
  readonly source?: string;
}

const WEIGHTS_OPTIONS: OptionRules<Required<TokenWeightsOptions>> = {
  frozen: flag(false),
  source: { ...aText, default: 'the map of token weights' },
};

const NAME = 'SparseStaticEmbedding';

const VOCABULARY = objectWith(['tokenToId'], 'a tokenizer, such as that of a transformer');

const OPTIONS: OptionRules<Required<SparseStaticEmbeddingOptions>> = {
  tokenizer: {
    expects: 'a tokenizer: the one of a transformer, or a result of loadTokenizer',
    accepts: (value) =>
      typeof value === 'object' && value !== null && 'encodeBatch' in value && 'vocabularySize' in value,
  },
  weight: nullable({
    expects: 'an array of finite numbers, one for each id of the tokenizer',
    accepts: (value) =>
      (Array.isArray(value) || value instanceof Float32Array || value instanceof Float64Array) &&
      value.every((each) => Number.isFinite(each)),
  }),
  frozen: flag(false),
};

const path: OptionRule<string> = { expects: 'a path', accepts: (value) => typeof value === 'string' };

/** `path` is not saved: its weights are then in the weights file. */
const FILE: OptionRules<{ frozen: boolean; path: string | null }> = {
  frozen: flag(false),
  path: nullable(path),
};

/**
 * One weight for each token of the vocabulary, without a model: the inference-free side of a sparse encoder.
 *
 *     embedding[b, v] = weight[v] if text b contains token v, otherwise 0
 *
 * multiplied by an existing `sentenceEmbedding`, if there is one. A token counts once, and only if its mask is 1. (In
 * the reference, a padding token inside a text gets 0 as soon as the batch pads that text.)
 */
class SparseStaticEmbedding implements Module {
  readonly kind: ModuleKind<SparseStaticEmbeddingConfig> = sparseStaticEmbeddingKind;
  readonly parameters: Parameters;
  readonly dimension: number;
  readonly input: InputRules = {
    addSpecialTokens: false,
    maxPositions: Infinity,
    isFixed: true,
  };
  readonly tokenizer: Tokenizer | undefined;
  readonly #frozen: boolean;

  constructor(
    { vocabularySize, frozen }: SparseStaticEmbeddingConfig,
    parameters: Parameters,
    { tokenizer }: ModuleParts,
  ) {
    this.tokenizer = tokenizer;
    this.parameters = parameters;
    this.dimension = vocabularySize;
    this.#frozen = frozen;
  }

  config(): Record<string, unknown> {
    return { frozen: this.#frozen };
  }

  forward(features: Features): Features {
    checkForward(NAME, features);
    const { inputIds, attentionMask, sentenceEmbedding: earlier } = features;
    if (inputIds?.rank !== 2 || attentionMask?.shape.join() !== inputIds.shape.join()) {
      throw new InputError(`${NAME} needs inputIds and attentionMask, both [batch, length]`);
    }
    const sentenceEmbedding = tf.tidy(() => {
      const present = presence(inputIds as tf.Tensor2D, attentionMask as tf.Tensor2D, this.dimension);
      const weighted = present.mul<tf.Tensor>(this.parameters.get('weight'));
      return earlier === undefined ? weighted : weighted.mul<tf.Tensor>(earlier);
    });
    return { ...features, sentenceEmbedding };
  }
}

/** 1 if one of the row's tokens has this id, otherwise 0: [batch, length] -> [batch, vocabulary]. */
function presence(ids: tf.Tensor2D, mask: tf.Tensor2D, vocabularySize: number): tf.Tensor {
  const [rows, length] = ids.shape;
  const row = tf.range(0, rows, 1, 'int32').expandDims(1).tile([1, length]);
  const places = tf.stack([row, ids.toInt()], 2).toInt();
  // Counted: of several values for one position, scatterND could keep any.
  return tf.scatterND(places, mask.toFloat(), [rows, vocabularySize]).minimum(1);
}

export const sparseStaticEmbeddingKind: ModuleKind<SparseStaticEmbeddingConfig> = {
  name: NAME,
  path: 'sentence_transformers.sparse_encoder.modules.sparse_static_embedding',
  configFile: 'config.json',
  readConfig: (json, { vocabularySize }) => {
    const { frozen, path: named } = readConfig(NAME, FILE, json);
    if (vocabularySize === undefined) {
      throw new ModelFileError(`${NAME} needs a tokenizer in its folder; there is none`);
    }
    return { vocabularySize, frozen, weightsPath: named?.endsWith('.json') ? named : null };
  },
  parameters: ({ vocabularySize, frozen }) => [
    { name: 'weight', shape: [vocabularySize], initial: { kind: 'ones' }, trainable: !frozen },
  ],
  create: (config, parameters, parts = {}) => new SparseStaticEmbedding(config, parameters, parts),
  flow: () => ({ makes: 'sentence_embedding' }),
  family: { title: 'Inference-free sparse encoder', tag: 'inference-free', rank: 3 },
  tokenWeights: 'weight',
};

/**
 * A new static embedding for the texts of a tokenizer.
 *
 * @throws OptionError if an option is unknown, missing or out of range
 */
export function sparseStaticEmbedding(options: SparseStaticEmbeddingOptions): Module {
  const { tokenizer, weight, frozen } = resolveOptions(NAME, OPTIONS, options);
  const { vocabularySize } = tokenizer;
  if (weight !== null && weight.length !== vocabularySize) {
    throw new OptionError(
      `${NAME}: weight has ${weight.length} numbers; expected ${vocabularySize}, one for each id of the tokenizer`,
    );
  }
  if (tokenizer.lowerCase) {
    throw new OptionError(
      `${NAME}: the tokenizer makes texts lower-case although its files do not say so, and this module does not save that; ` +
        'expected one without: loadTokenizer(folder)',
    );
  }
  const weights = weight === null ? new Float32Array(vocabularySize).fill(1) : Float32Array.from(weight);
  const tensor = tf.tensor1d(weights);
  const variable = tf.variable(tensor, !frozen);
  tensor.dispose();
  return sparseStaticEmbeddingKind.create(
    { vocabularySize, frozen, weightsPath: null },
    new Parameters(new Map([['weight', variable]])),
    { tokenizer },
  );
}

/**
 * A static embedding with weights from a map of tokens, such as idf.json. Tokens without an entry weigh 0.
 *
 * @param map tokens with their weights; tokens unknown to the tokenizer are ignored with a warning
 * @throws ModelFileError that names the token whose weight is not a number
 * @throws OptionError if an option is unknown or of the wrong type
 */
export function fromTokenWeights(
  map: unknown,
  tokenizer: Tokenizer,
  options: TokenWeightsOptions = {},
): Module {
  checkArguments('fromTokenWeights', { tokenizer: VOCABULARY }, { tokenizer });
  const { frozen, source } = resolveOptions('fromTokenWeights', WEIGHTS_OPTIONS, options);
  return sparseStaticEmbedding({ tokenizer, weight: tokenWeights(map, tokenizer, source), frozen });
}
