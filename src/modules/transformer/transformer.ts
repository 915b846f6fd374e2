import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import type { Features } from '../../features.js';
import { recomputed } from '../../ops/recomputed.js';
import { tf } from '../../tf.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import { checkForward } from '../check-forward.js';
import { everyPlace, tokensOnly } from '../layers/token-rows.js';
import type { Adapter } from '../lora/adapter.js';
import type {
  CheckpointFiles,
  ForwardOptions,
  InputRules,
  Module,
  ModuleKind,
  ModuleParts,
} from '../module.js';
import { packedTokens } from '../packed-features.js';
import type { Parameters, ParameterSpec } from '../parameters.js';
import { jsonObject } from '../read-config.js';
import { architectureOf } from './architectures.js';
import { ignoredTensorPatterns, parameterSpecs } from './checkpoint.js';
import type { Architecture, Batch, Encoder, Ties } from './encoder.js';
import {
  type ConfigFile,
  readConfigFile,
  type Task,
  TASKS,
  textProcessing,
  writeConfigFile,
} from './transformer-config.js';

export interface TransformerConfig {
  readonly file: ConfigFile;
  readonly architecture: Architecture;
  readonly encoder: Encoder;
  /** As in config.json, unless the weights contradict it. */
  readonly ties: Ties;
  /** The contents of config.json. */
  readonly modelConfig: Record<string, unknown>;
}

/** A transformer's weights file contains more than `parameters`, which lists only what its task depends on. */
export interface TransformerKind extends ModuleKind<TransformerConfig> {
  /** All parameters that the reference has and writes, in its order, including the pooler, which is `unused`. */
  everyParameter(config: TransformerConfig): readonly ParameterSpec[];
  /** Names of checkpoint tensors that may be ignored. */
  ignoredTensors(config: TransformerConfig): readonly RegExp[];
}

/**
 * A transformer on token ids. Task `feature-extraction` adds `tokenEmbeddings`. Task `fill-mask` adds
 * `predictionStates`, `decoderWeight` and `decoderBias`. Their product, the logits, has the size of the vocabulary, and
 * only the pooling computes it.
 */
export class Transformer implements Module {
  readonly kind: TransformerKind;
  parameters: Parameters;
  /** The adapter of its linear layers, whose matrices are among its parameters. */
  adapter: Adapter | undefined;
  readonly modelConfig: Record<string, unknown>;
  readonly input: InputRules;
  /** Width of the hidden states or of the logits. */
  readonly dimension: number;
  readonly tokenizer: Tokenizer | undefined;
  readonly checkpoint: CheckpointFiles | undefined;
  readonly #file: ConfigFile;
  readonly #encoder: Encoder;
  readonly #prefix: string;
  readonly #ties: Ties;

  constructor(
    kind: TransformerKind,
    config: TransformerConfig,
    parameters: Parameters,
    { tokenizer, checkpoint }: ModuleParts,
  ) {
    const { file, encoder, architecture, ties, modelConfig } = config;
    this.kind = kind;
    this.parameters = parameters;
    this.modelConfig = modelConfig;
    this.tokenizer = tokenizer;
    this.checkpoint = checkpoint;
    this.#file = file;
    this.#encoder = encoder;
    this.#prefix = architecture.prefix;
    this.#ties = ties;
    this.dimension = file.task === 'fill-mask' ? encoder.vocabularySize : encoder.width;
    this.input = {
      addSpecialTokens: true,
      ...(file.processing !== undefined && { processing: textProcessing(file.processing) }),
      maxPositions: encoder.maxPositions,
      vocabularySize: encoder.vocabularySize,
      ...(file.maxLength !== undefined && { maxLength: file.maxLength }),
    };
  }

  forward(features: Features, options: ForwardOptions): Features {
    checkForward(this.kind.name, features, options ?? null);
    const added = tf.tidy(() => {
      const batch = batchOf(features, options, this.#encoder.maxPositions);
      const parameters = this.#adapted(batch);
      return this.#file.task === 'fill-mask'
        ? this.#predict(batch, parameters)
        : this.#embed(batch, parameters);
    });
    return { ...features, ...added };
  }

  #adapted({ drop }: Batch): Parameters {
    if (this.adapter === undefined) return this.parameters;
    const { scaling, dropout } = this.adapter;
    return this.parameters.withLowRank({ scaling, drop: (x) => drop(x, dropout) });
  }

  #embed(batch: Batch, parameters: Parameters): { tokenEmbeddings: tf.Tensor } {
    const states = batch.rows.unpack(this.#encoder.forward(parameters, batch));
    return { tokenEmbeddings: gridOf(states, batch) };
  }

  #predict(
    batch: Batch,
    parameters: Parameters,
  ): {
    predictionStates: tf.Tensor;
    decoderWeight: tf.Tensor;
    decoderBias: tf.Tensor;
  } {
    const { head, wordEmbeddings, vocabularySize } = this.#encoder;
    const base = parameters.under(this.#prefix);
    const states = head.forward(parameters, this.#encoder.forward(base, batch));
    const { decoder } = head;
    const weight = this.#ties.weight ? base.get(wordEmbeddings) : parameters.get(decoder.weight.name);
    const biasSpec = decoder.bias && this.#ties.bias ? (decoder.tiedBias ?? decoder.bias) : decoder.bias;
    const bias = biasSpec && parameters.get(biasSpec.name);
    return {
      predictionStates: batch.isPacked ? states : gridOf(states, batch),
      // Copies, so that disposing the features does not dispose the model's parameters.
      decoderWeight: weight.clone(),
      decoderBias: bias?.clone() ?? tf.zeros([vocabularySize]),
    };
  }

  config(): Record<string, unknown> {
    return writeConfigFile(this.#file);
  }
}

const gridOf = (states: tf.Tensor2D, { inputIds }: Batch): tf.Tensor =>
  states.reshape([...inputIds.shape, states.shape[1]]);

function batchOf(
  features: Features,
  { mode, dropout, gradientCheckpointing = false }: ForwardOptions,
  maxPositions: number,
): Batch {
  const { inputIds, attentionMask, tokenTypeIds } = features;
  if (inputIds?.shape.length !== 2) {
    throw new InputError(
      `inputIds are ${inputIds === undefined ? 'missing' : `of shape [${inputIds.shape.join(', ')}]`}; a transformer expects [texts, tokens]`,
    );
  }
  for (const [name, tensor] of Object.entries({ attentionMask, tokenTypeIds })) {
    if (tensor === undefined || tf.util.arraysEqual(tensor.shape, inputIds.shape)) continue;
    throw new InputError(
      `${name} has shape [${tensor.shape.join(', ')}]; expected [${inputIds.shape.join(', ')}], like inputIds`,
    );
  }
  const length = inputIds.shape[1];
  if (length > maxPositions) {
    throw new InputError(
      `the texts are ${counted(length, 'token')} long; the transformer takes ${maxPositions} at most`,
    );
  }
  const packed = packedTokens(features);
  return {
    inputIds: inputIds.toInt() as tf.Tensor2D,
    attentionMask: (attentionMask ?? tf.onesLike(inputIds)) as tf.Tensor2D,
    rows: packed === undefined ? everyPlace(inputIds.shape as [number, number]) : tokensOnly(packed),
    isPacked: packed !== undefined,
    tokenTypeIds: tokenTypeIds?.toInt() as tf.Tensor2D | undefined,
    drop: (x, rate) => (mode === 'train' && dropout !== undefined ? dropout.apply(x, rate) : x),
    layer: gradientCheckpointing
      ? (own, inputs, constants, run) =>
          recomputed(run, {
            inputs,
            constants,
            variables: own.entries().flatMap(([, variable]) => (variable.trainable ? [variable] : [])),
            capture: () => dropout?.capture?.() ?? doNothing,
          }) as tf.Tensor2D
      : (_, inputs, constants, run) => run(...inputs, ...constants),
  };
}

function doNothing(): void {}

function kindOf(name: string, path: string, defaultTask: Task): TransformerKind {
  const kind: TransformerKind = {
    name,
    path,
    configFile: 'sentence_bert_config.json',
    readConfig(json, surroundings) {
      const task = surroundings.beforeLogits === true ? 'fill-mask' : defaultTask;
      const file = readConfigFile(json, task);
      const modelConfig = jsonObject('config.json', surroundings.modelConfig);
      const architecture = architectureOf(modelConfig);
      const encoder = architecture.read(modelConfig);
      const { tied } = encoder.head.decoder;
      return { file, architecture, encoder, ties: { weight: tied, bias: tied }, modelConfig };
    },
    parameters: (config) => kind.everyParameter(config).filter(({ unused = false }) => !unused),
    everyParameter: ({ architecture, encoder, ties, file }) =>
      parameterSpecs(architecture, encoder, file.task, ties),
    ignoredTensors: ({ architecture, encoder, file }) =>
      ignoredTensorPatterns(architecture, encoder, file.task),
    create: (config, parameters, parts = {}) => new Transformer(kind, config, parameters, parts),
    flow: (config) => ({
      makes: 'token_embeddings',
      task: TASKS.find((each) => each === config['transformer_task']),
    }),
  };
  return kind;
}

export const transformerKind = kindOf(
  'Transformer',
  'sentence_transformers.base.modules.transformer',
  'feature-extraction',
);

/** The same under its old name, for masked language models. */
export const mlmTransformerKind = kindOf(
  'MLMTransformer',
  'sentence_transformers.sparse_encoder.modules.mlm_transformer',
  'fill-mask',
);
