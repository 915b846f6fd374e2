import { describe } from '../describe.js';
import { InputError, UsageError } from '../errors.js';
import type { Features } from '../features.js';
import { rowNorms } from '../ops/norm.js';
import { countFrom, flag, nullable, number, type OptionRules, resolveOptions } from '../options.js';
import { tf } from '../tf.js';
import { checkForward } from './check-forward.js';
import { numberAt, widthAt } from './flow.js';
import { newModule } from './initial-parameters.js';
import { keepActive, largest, masked } from './keep-active.js';
import type { ForwardOptions, Module, ModuleKind } from './module.js';
import type { Parameters } from './parameters.js';
import { readConfig, writeConfig } from './read-config.js';

export interface SparseAutoEncoderConfig {
  /** Width of the dense embedding. */
  readonly inputDim: number;
  /** Number of latents: the width of the sparse embedding. Default 512. */
  readonly hiddenDim: number;
  /** The most latents that are active at a time. Default 8. */
  readonly k: number;
  /** Number of dead latents in the auxiliary reconstruction; 0 or null turns it off. Default 512. */
  readonly kAux: number | null;
  /** Whether to scale each embedding to mean 0 and standard deviation 1 first. Default false. */
  readonly normalize: boolean;
  /** A latent is dead if its counter is above this. Default 30. */
  readonly deadThreshold: number;
}

export type SparseAutoEncoderOptions = Pick<SparseAutoEncoderConfig, 'inputDim'> &
  Partial<SparseAutoEncoderConfig>;

const NAME = 'SparseAutoEncoder';

const OPTIONS: OptionRules<SparseAutoEncoderConfig> = {
  inputDim: countFrom(1),
  hiddenDim: countFrom(1, 512),
  k: countFrom(1, 8),
  kAux: { ...nullable(countFrom(0)), default: 512 },
  normalize: flag(false),
  deadThreshold: number(30),
};

/** The name of the shared matrix of encoder and decoder in the reference's files, [hidden, input]. */
const WEIGHT = 'decoder.linear.weight';
/** The name of that matrix as a parameter of the reference. */
const PARAMETER = 'encoder.weight';
/** The number of forwards since a latent was active, counted as in the reference. */
const COUNTERS = 'stats_last_nonzero';

/** Activations up to this value count as inactive. */
const ACTIVE = 1e-5;
/** Keeps the division by the standard deviation finite. */
const EPSILON = 1e-5;

interface Prepared {
  readonly input: tf.Tensor2D;
  /** Mean and standard deviation of each row, [batch, 1]; undefined if rows are not normalized. */
  readonly scale: { readonly mean: tf.Tensor2D; readonly deviation: tf.Tensor2D } | undefined;
}

/**
 * Dense embedding x -> sparse embedding z of its latents, and back (CSR):
 *
 *     h = (x' - b) W^T + c          x' = x, or (x - mean) / (std + 1e-5) of each row
 *     z = relu of the k largest h, 0 elsewhere
 *     r = z W + b                   then r std + mean
 *
 * In `train` and `eval` it also computes the same with the 4k largest latents, and from the kAux largest dead latents
 * (without the mean). Of equal latents the first are taken.
 *
 * A latent's counter is the reference's `stats_last_nonzero`. In mode `train`, while gradients are recorded, every
 * selection sets it to 0 if the latent was active and then adds 1. A forward selects twice, first the k and then the 4k
 * largest, so a latent that is never active ages by 2 per forward. The dead latents are determined between the two.
 *
 * sentence-transformers 6.0 overwrote h with its dead part when it chose the auxiliary latents, so the 4k
 * reconstruction learned nothing. 6.2.0 and this package do not.
 *
 * @see Wen et al., Beyond Matryoshka: Revisiting Sparse Coding for Adaptive Representation (2025), https://arxiv.org/abs/2503.01776
 */
class SparseAutoEncoder implements Module {
  readonly kind: ModuleKind<SparseAutoEncoderConfig> = sparseAutoEncoderKind;
  readonly parameters: Parameters;
  readonly dimension: number;
  readonly #config: SparseAutoEncoderConfig;
  readonly #weight: tf.Tensor2D;
  readonly #preBias: tf.Tensor;
  readonly #latentBias: tf.Tensor;
  readonly #counters: tf.Variable;

  constructor(config: SparseAutoEncoderConfig, parameters: Parameters) {
    this.#config = config;
    this.parameters = parameters;
    this.dimension = config.hiddenDim;
    this.#weight = parameters.get(WEIGHT) as tf.Tensor as tf.Tensor2D;
    this.#preBias = parameters.get('pre_bias');
    this.#latentBias = parameters.get('latent_bias');
    this.#counters = parameters.get(COUNTERS);
  }

  config(): Record<string, unknown> {
    return writeConfig(this.#config);
  }

  forward(features: Features, options: ForwardOptions): Features {
    checkForward(NAME, features, options ?? null);
    const { mode, maxActiveDims } = options;
    const { hiddenDim, kAux } = this.#config;
    const k = maxActiveDims ?? this.#config.k;
    const x = this.#denseEmbedding(features);
    requireLatents('k', k, hiddenDim);
    if (mode === 'inference') return { ...features, sentenceEmbedding: tf.tidy(() => this.#infer(x, k)) };
    requireLatents('4k', 4 * k, hiddenDim);
    requireLatents('kAux', kAux ?? 0, hiddenDim);
    // Under CachedSpladeLoss this holds only in the second forward of a mini-batch.
    const counts = mode === 'train' && tf.engine().isTapeOn();
    return {
      ...features,
      auxiliaryEmbedding: null,
      decodedEmbeddingAux: null,
      ...tf.tidy(() => this.#autoEncode(x, k, counts)),
      sentenceEmbeddingBackbone: x,
    };
  }

  #infer(x: tf.Tensor2D, k: number): tf.Tensor2D {
    const latents = this.#encode(this.#prepare(x).input);
    return keepActive(latents, largest(latents, k));
  }

  #autoEncode(x: tf.Tensor2D, k: number, counts: boolean): Record<string, tf.Tensor> {
    const { kAux } = this.#config;
    const { input, scale } = this.#prepare(x);
    const encoded = this.#encode(input);
    const positions = largest(encoded, 4 * k);
    const latentsK = keepActive(encoded, positions.slice([0, 0], [-1, k]));
    const latents4k = keepActive(encoded, positions);
    const age = counts ? grown(this.#counters, latentsK) : this.#counters;
    if (counts) this.#counters.assign(grown(age, latents4k));

    const scaled = (rows: tf.Tensor): tf.Tensor => (scale === undefined ? rows : rows.mul(scale.deviation));
    const decodedK = this.#decode(latentsK, scale);
    const outputs = {
      sentenceEmbedding: latentsK,
      sentenceEmbeddingEncoded: encoded,
      sentenceEmbeddingEncoded4k: latents4k,
      decodedEmbeddingK: decodedK,
      decodedEmbedding4k: this.#decode(latents4k, scale),
      decodedEmbeddingKPreBias: decodedK.sub(scaled(this.#preBias)),
    };
    if (!kAux) return outputs;
    const dead = masked(encoded, age.greater(this.#config.deadThreshold).toFloat());
    const auxiliary = keepActive(dead, largest(dead, kAux));
    return {
      ...outputs,
      auxiliaryEmbedding: auxiliary,
      decodedEmbeddingAux: scaled(tf.matMul(auxiliary, this.#weight).add(this.#preBias)),
    };
  }

  #prepare(x: tf.Tensor2D): Prepared {
    if (!this.#config.normalize) return { input: x, scale: undefined };
    const mean = x.mean<tf.Tensor2D>(1, true);
    const centred = x.sub<tf.Tensor2D>(mean);
    const deviation = rowNorms(centred)
      .expandDims<tf.Tensor2D>(1)
      .div<tf.Tensor2D>(Math.sqrt(x.shape[1] - 1));
    return { input: centred.div(deviation.add(EPSILON)), scale: { mean, deviation } };
  }

  #encode(input: tf.Tensor2D): tf.Tensor2D {
    return tf.matMul(input.sub<tf.Tensor2D>(this.#preBias), this.#weight, false, true).add(this.#latentBias);
  }

  #decode(latents: tf.Tensor2D, scale: Prepared['scale']): tf.Tensor {
    const decoded = tf.matMul(latents, this.#weight).add(this.#preBias);
    return scale === undefined ? decoded : decoded.mul(scale.deviation).add(scale.mean);
  }

  #denseEmbedding({ sentenceEmbedding: x }: Features): tf.Tensor2D {
    if (x?.rank === 2 && x.shape[1] === this.#config.inputDim) return x as tf.Tensor2D;
    throw new InputError(
      `${NAME}: sentenceEmbedding is ${x === undefined ? 'missing' : `of shape [${x.shape.join(', ')}]`}; ` +
        `expected [batch, ${this.#config.inputDim}]`,
    );
  }
}

/** Counters after a selection: set to 0 if a latent of the batch was active, then plus one. */
function grown(counters: tf.Tensor, latents: tf.Tensor): tf.Tensor {
  const active = latents.greater(ACTIVE).any(0);
  return tf.where(active, tf.zerosLike(counters), counters).add(tf.scalar(1, 'int32'));
}

function requireLatents(what: string, count: number, hiddenDim: number): void {
  if (Number.isInteger(count) && count >= 0 && count <= hiddenDim) return;
  throw new UsageError(
    `${NAME}: ${what} is ${describe(count)}; expected a whole number up to hiddenDim, ${hiddenDim}. ` +
      'Training takes the 4k and the kAux largest latents: make k and kAux smaller, or hiddenDim larger',
  );
}

export const sparseAutoEncoderKind: ModuleKind<SparseAutoEncoderConfig> = {
  name: NAME,
  path: 'sentence_transformers.sparse_encoder.modules.sparse_auto_encoder',
  configFile: 'config.json',
  readConfig: (json) => readConfig(NAME, OPTIONS, json),
  parameters: ({ inputDim, hiddenDim }) => [
    { name: 'pre_bias', shape: [inputDim], initial: { kind: 'zeros' } },
    { name: 'latent_bias', shape: [hiddenDim], initial: { kind: 'zeros' } },
    {
      name: WEIGHT,
      shape: [hiddenDim, inputDim],
      initial: { kind: 'uniform', bound: 1 / Math.sqrt(inputDim) },
      aliases: [PARAMETER],
      parameterName: PARAMETER,
    },
    {
      name: COUNTERS,
      shape: [hiddenDim],
      initial: { kind: 'zeros' },
      trainable: false,
      dtype: 'int32',
      buffer: true,
    },
  ],
  create: (config, parameters) => new SparseAutoEncoder(config, parameters),
  flow: (config) => ({
    takes: 'sentence_embedding',
    makes: 'sentence_embedding',
    inputWidth: widthAt(config, 'input_dim'),
    activeDims: {
      own: numberAt(config, 'k') ?? Infinity,
      most: numberAt(config, 'hidden_dim') ?? Infinity,
    },
  }),
  family: { title: 'CSR sparse encoder', tag: 'csr', rank: 1 },
  // The shared matrix has two names.
  weightsMetadata: { [PARAMETER]: WEIGHT },
};

/**
 * A new sparse auto-encoder.
 *
 * @throws OptionError if an option is unknown, missing or out of range
 */
export function sparseAutoEncoder(options: SparseAutoEncoderOptions, seed = 0): Module {
  return newModule(sparseAutoEncoderKind, resolveOptions(NAME, OPTIONS, options), seed);
}
