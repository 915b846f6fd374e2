import { InputError } from '../errors.js';
import type { Features } from '../features.js';
import { logitsOf } from '../ops/logits.js';
import { maxLogits } from '../ops/max-logits.js';
import { packedMaxLogits } from '../ops/packed-max-logits.js';
import { type PackedTokens, unpack } from '../ops/packed-tokens.js';
import { maxOverTokens, sumOverTokens } from '../ops/pool-logits.js';
import { activate, ACTIVATION_FUNCTIONS, type ActivationFunction } from '../ops/splade-activation.js';
import { sumActivations } from '../ops/sum-activations.js';
import { TERMS_AT_A_TIME } from '../ops/vocabulary-pieces.js';
import { countFrom, nullable, oneOf, type OptionRules, resolveOptions } from '../options.js';
import { setting } from '../state/recorded-state.js';
import { tf } from '../tf.js';
import { checkForward } from './check-forward.js';
import { widthAt } from './flow.js';
import type { ForwardOptions, Module, ModuleKind } from './module.js';
import { packedTokens } from './packed-features.js';
import { Parameters } from './parameters.js';
import { jsonObject, readConfig, tokenWidth, writeConfig } from './read-config.js';

export type { ActivationFunction };

const STRATEGIES = ['max', 'sum'] as const;
export type PoolingStrategy = (typeof STRATEGIES)[number];

export interface SpladePoolingConfig {
  /** Default `max`. */
  readonly poolingStrategy: PoolingStrategy;
  /** Default `relu`. */
  readonly activationFunction: ActivationFunction;
  /** Number of terms. null (the default): the number of logits in the first batch. */
  readonly embeddingDimension: number | null;
}

export interface SpladePoolingOptions extends Partial<SpladePoolingConfig> {
  /**
   * Limits the memory for logits: at a time it takes as much as all logits of this many tokens, for a batch of 32 texts
   * of 256 tokens, and proportionally for others. null (the default) gives 62 MiB for that batch (537 tokens of BERT's
   * 30,522 terms). May be changed later. Not saved.
   */
  readonly chunkSize?: number | null;
}

const NAME = 'SpladePooling';

const SAVED: OptionRules<SpladePoolingConfig> = {
  poolingStrategy: oneOf(STRATEGIES, 'max'),
  activationFunction: oneOf(ACTIVATION_FUNCTIONS, 'relu'),
  embeddingDimension: nullable(countFrom(1)),
};

const OPTIONS: OptionRules<Required<SpladePoolingOptions>> = { ...SAVED, chunkSize: nullable(countFrom(1)) };

/** Tokens of the batch that `chunkSize` refers to. */
const TOKENS = 32 * 256;

/** The output of a masked language model for a token: logits, or the parts that they are computed from. */
type TokenOutputs = { readonly logits: tf.Tensor3D } | States;

interface States {
  /** [texts, length, width]; if they are packed [tokens, width] */
  readonly states: tf.Tensor;
  readonly packed: PackedTokens | undefined;
  readonly decoder: tf.Tensor2D;
  readonly bias: tf.Tensor1D;
}

/**
 * Logits of a masked language model -> one weight for each term of its vocabulary:
 *
 *     w[b, v] = max (or sum) over the tokens l of a(logit[b, l, v]),   a(x) = log(1 + relu(x))
 *
 * or log(1 + a(x)) with `log1p_relu`; 0 for a text without tokens. a is monotonic, so the maximum is taken first. The
 * logits are computed for some terms at a time, also for the gradient, and never exist as a whole.
 *
 * Two differences from the reference. Padding is ignored; in the reference NaN times 0 makes a term NaN. The gradient
 * of equal maxima goes to the first of equal logits; in the reference float32's log1p makes some logits equal that were
 * not.
 *
 * @see Formal et al., SPLADE v2 (2021), https://arxiv.org/abs/2109.10086
 */
export class SpladePooling implements Module {
  readonly kind: ModuleKind<Required<SpladePoolingOptions>> = spladePoolingKind;
  readonly parameters: Parameters;
  readonly #options: SpladePoolingConfig;
  #chunkSize: number | null;
  #dimension: number | undefined;

  constructor({ chunkSize, ...options }: Required<SpladePoolingOptions>, parameters: Parameters) {
    this.#options = options;
    this.#chunkSize = chunkSize;
    this.parameters = parameters;
    this.#dimension = options.embeddingDimension ?? undefined;
  }

  get dimension(): number | undefined {
    return this.#dimension;
  }

  get chunkSize(): number | null {
    return this.#chunkSize;
  }

  /** @throws OptionError */
  set chunkSize(tokens: number | null) {
    this.#chunkSize = resolveOptions(NAME, { chunkSize: OPTIONS.chunkSize }, { chunkSize: tokens }).chunkSize;
  }

  config(): Record<string, unknown> {
    const { poolingStrategy, activationFunction } = this.#options;
    return writeConfig({ poolingStrategy, activationFunction, embeddingDimension: this.#dimension ?? null });
  }

  forward(features: Features, options: Partial<ForwardOptions> = {}): Features {
    checkForward(NAME, features, options);
    const outputs = tokenOutputs(features);
    const mask = maskOf(features, outputs);
    const sentenceEmbedding = tf.tidy(() => this.#pool(outputs, mask));
    this.#dimension ??= sentenceEmbedding.shape[1];
    return { ...features, sentenceEmbedding };
  }

  #pool(outputs: TokenOutputs, mask: tf.Tensor2D): tf.Tensor2D {
    const { poolingStrategy, activationFunction } = this.#options;
    const termsAtATime = this.#termsAtATime(outputs);
    if ('logits' in outputs) {
      const { logits } = outputs;
      return poolingStrategy === 'max'
        ? activate(maxOverTokens(logits, mask, termsAtATime), activationFunction)
        : sumOverTokens(logits, mask, { activationFunction, termsAtATime });
    }
    const { packed, decoder, bias } = outputs;
    if (poolingStrategy === 'sum') {
      return sumActivations(gridOf(outputs), decoder, bias, mask, { activationFunction, termsAtATime });
    }
    // A term's bias does not change which of its logits is the largest.
    const options = { termsAtATime, bias };
    const maxima =
      packed === undefined
        ? maxLogits(gridOf(outputs), decoder, mask, options)
        : packedMaxLogits(outputs.states as tf.Tensor2D, decoder, packed, options);
    return activate(maxima.add<tf.Tensor2D>(bias), activationFunction);
  }

  #termsAtATime(outputs: TokenOutputs): number {
    const chunkSize = setting('SpladePooling.chunkSize', () => this.#chunkSize);
    const vocabulary = 'logits' in outputs ? outputs.logits.shape[2] : outputs.decoder.shape[0];
    if (chunkSize === null) return TERMS_AT_A_TIME;
    return Math.max(1, Math.floor((chunkSize / TOKENS) * vocabulary));
  }
}

/**
 * The logits of every token, [batch, length, terms]: computed from the prediction states of a masked language model, or
 * the token embeddings if these are logits.
 *
 * @throws InputError if the features have neither
 */
export function tokenLogits(features: Features): tf.Tensor3D {
  checkForward('tokenLogits', features);
  const outputs = tokenOutputs(features);
  if ('logits' in outputs) return outputs.logits.clone();
  return tf.tidy(() => logitsOf(gridOf(outputs), outputs.decoder).add(outputs.bias));
}

function tokenOutputs(features: Features): TokenOutputs {
  const { predictionStates: states, decoderWeight: decoder, decoderBias: bias, tokenEmbeddings } = features;
  if (states === undefined) {
    if (tokenEmbeddings?.rank === 3) return { logits: tokenEmbeddings as tf.Tensor3D };
    throw new InputError(
      `${NAME}: predictionStates is missing and tokenEmbeddings is ${shapeOf(tokenEmbeddings)}; expected ` +
        'predictionStates, decoderWeight and decoderBias of a masked language model, or logits [batch, length, terms] ' +
        'as tokenEmbeddings',
    );
  }
  const packed = packedTokens(features);
  const width = states.shape.at(-1);
  const terms = decoder?.shape[0];
  if (
    states.rank === (packed === undefined ? 3 : 2) &&
    decoder?.rank === 2 &&
    decoder.shape[1] === width &&
    bias?.shape.join() === `${terms}`
  ) {
    return { states, packed, decoder: decoder as tf.Tensor2D, bias: bias as tf.Tensor1D };
  }
  throw new InputError(
    `${NAME}: predictionStates is ${shapeOf(states)}, decoderWeight ${shapeOf(decoder)} and decoderBias ${shapeOf(bias)}; ` +
      'expected shapes [batch, length, width], [terms, width] and [terms]',
  );
}

/** [texts, length, width], where packed states have the row of any token for padding. */
function gridOf({ states, packed }: States): tf.Tensor3D {
  if (packed === undefined) return states as tf.Tensor3D;
  return unpack(states as tf.Tensor2D, packed).reshape([...packed.mask.shape, states.shape[1] as number]);
}

function maskOf({ attentionMask }: Features, outputs: TokenOutputs): tf.Tensor2D {
  if (!('logits' in outputs) && outputs.packed !== undefined) return outputs.packed.mask;
  const [batch, length] = ('logits' in outputs ? outputs.logits : outputs.states).shape;
  if (attentionMask?.shape.join() === `${batch},${length}`) return attentionMask as tf.Tensor2D;
  throw new InputError(
    `${NAME}: attentionMask is ${shapeOf(attentionMask)}; expected shape [${batch}, ${length}], 1 for tokens and 0 for ` +
      'padding',
  );
}

const shapeOf = (tensor: tf.Tensor | undefined): string =>
  tensor === undefined ? 'missing' : `of shape [${tensor.shape.join(', ')}]`;

export const spladePoolingKind: ModuleKind<Required<SpladePoolingOptions>> = {
  name: NAME,
  path: 'sentence_transformers.sparse_encoder.modules.splade_pooling',
  configFile: 'config.json',
  readConfig: (json, surroundings) => {
    const config = readConfig(NAME, SAVED, withCurrentKeys(json));
    const embeddingDimension = tokenWidth(NAME, config.embeddingDimension, surroundings);
    return { ...config, embeddingDimension, chunkSize: null };
  },
  parameters: () => [],
  create: (config, parameters) => new SpladePooling(config, parameters),
  flow: (config) => ({
    takes: 'token_embeddings',
    makes: 'sentence_embedding',
    inputWidth: widthAt(config, 'embedding_dimension'),
    logits: {
      activationFunction: config['activation_function'] === 'log1p_relu' ? 'log1p_relu' : 'relu',
      poolingStrategy: config['pooling_strategy'] === 'sum' ? 'sum' : 'max',
    },
  }),
  family: { title: 'SPLADE sparse encoder', tag: 'splade', rank: 2 },
  takesLogits: true,
};

/** Older releases wrote `word_embedding_dimension`. */
function withCurrentKeys(json: unknown): Record<string, unknown> {
  const { word_embedding_dimension: old, ...config } = jsonObject(`the config of ${NAME}`, json);
  return old === undefined ? config : { ...config, embedding_dimension: old };
}

/** @throws OptionError if an option is unknown or of the wrong type */
export function spladePooling(options?: SpladePoolingOptions): SpladePooling {
  return new SpladePooling(resolveOptions(NAME, OPTIONS, options), new Parameters(new Map()));
}
