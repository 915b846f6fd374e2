import type { Features } from '../features.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { Dropout } from './dropout.js';
import type { ConfigJson, Family, Flow } from './flow.js';
import type { Parameters, ParameterSpec } from './parameters.js';

/**
 * `train`: with dropout, every output that a loss may need, and counters. `eval`: the same without dropout and
 * counters. `inference`: only what the sentence embedding needs.
 */
export type Mode = 'train' | 'eval' | 'inference';

export interface ForwardOptions {
  readonly mode: Mode;
  /** Random numbers for mode `train`. Without them nothing is dropped. */
  readonly dropout?: Dropout;
  /** Whether gradients compute the layers of a transformer again, instead of keeping what these have computed. */
  readonly gradientCheckpointing?: boolean;
  /** The most active dimensions of an embedding: replaces the k of a sparse auto-encoder. */
  readonly maxActiveDims?: number;
  /** Arguments of an `encode` call for modules that list them in their `forwardKwargs`. */
  readonly moduleKwargs?: ModuleKwargs;
}

/** Arguments of modules by name. */
export type ModuleKwargs = Readonly<Record<string, string | number | boolean>>;

/** One step of an encoder: reads the features of a batch and adds some, by tfjs operations on any engine. */
export interface Module {
  readonly kind: ModuleKind;
  /** The module's own parameters by their names in its weights file. A parameter that is used twice appears once. */
  readonly parameters: Parameters;
  /** The caller owns new tensors. The given features are not changed. */
  forward(features: Features, options: ForwardOptions): Features;
  /** Names of `moduleKwargs` that `forward` reads from its options. */
  readonly forwardKwargs?: readonly string[];
  /** The contents of the module's config file. */
  config(): Record<string, unknown>;
  /** Number of dimensions of the embedding that it makes; undefined if it makes none or does not know. */
  readonly dimension?: number | undefined;
  /**
   * How many tokens' logits exist at a time if the module makes them in pieces (see `SpladePoolingOptions`). May be
   * set.
   */
  chunkSize?: number | null;
  /** How texts become token ids, if the module takes token ids. */
  readonly input?: InputRules;
  /** The tokenizer of a module that takes token ids; undefined if the module itself takes no texts. */
  readonly tokenizer?: Tokenizer | undefined;
  /** The contents of config.json, if the module is a transformer. */
  readonly modelConfig?: Record<string, unknown>;
  /** Other files to save with a transformer that was loaded. */
  readonly checkpoint?: CheckpointFiles | undefined;
}

/** A module that takes texts. */
export interface TextModule extends Module {
  readonly input: InputRules;
  readonly tokenizer: Tokenizer;
}

/** The parts of a transformers checkpoint that are kept unchanged. */
export interface CheckpointFiles {
  /** The text of config.json. */
  readonly modelConfig: string;
  /** The folder or the model id of the hub that it was loaded from. Adapters name it as their base. */
  readonly source: string;
  /** The folder with its weights. */
  readonly folder: string;
}

/** The parts of a module besides its config and its parameters. */
export interface ModuleParts {
  readonly tokenizer?: Tokenizer;
  readonly checkpoint?: CheckpointFiles;
}

/** How a tokenizer is called. */
export interface TextProcessing {
  /** The longest text in tokens, including special ones. */
  readonly maxLength?: number;
  /** Whether longer texts are truncated. Otherwise texts that the model cannot take are refused. Default true. */
  readonly truncation?: boolean;
  /** Whether [CLS], [SEP] and the like are added. Default: the module's setting, true for a transformer. */
  readonly addSpecialTokens?: boolean;
  /**
   * Whether special tokens inside a text, such as "[MASK]", are plain text. Default: as the tokenizer's files say,
   * otherwise false.
   */
  readonly splitSpecialTokens?: boolean;
}

export interface InputRules {
  /** Whether [CLS], [SEP] and the like are added. */
  readonly addSpecialTokens: boolean;
  /** The most tokens that it can take; Infinity if there is no limit. */
  readonly maxPositions: number;
  /** The number of token ids that it knows; undefined if it knows all ids of the tokenizer. */
  readonly vocabularySize?: number;
  /** The limit in its config file; undefined leaves it to the tokenizer's config. */
  readonly maxLength?: number;
  /** Whether it ignores both `maxSeqLength` and the `processingKwargs` of a call. Default false. */
  readonly isFixed?: boolean;
  /** The settings of its config file. Settings of a call take precedence. */
  readonly processing?: TextProcessing;
}

/** Information that a module needs besides its own config. */
export interface Surroundings {
  /** The number of tokens of the tokenizer in the module's folder. */
  readonly vocabularySize?: number;
  /** The config.json beside a transformer's own config file. */
  readonly modelConfig?: unknown;
  /** Width of the token embeddings or logits of the preceding transformer. */
  readonly tokenWidth?: number | undefined;
  /** Whether the following module takes logits. */
  readonly beforeLogits?: boolean;
}

/**
 * How to make a module from a config file and its weights, and what other code has to know about such modules. Each
 * kind is one row of the table of modules.
 */
export interface ModuleKind<Config = unknown> {
  /** The class in the reference: `SpladePooling`. */
  readonly name: string;
  /** The dotted path of that class in modules.json, without the class itself. */
  readonly path: string;
  readonly configFile: string;
  /** @throws ModelFileError if the JSON is not a config of this module */
  readConfig(json: unknown, surroundings: Surroundings): Config;
  /** Every parameter and buffer, in the reference's order. If empty, the module has no weights file. */
  parameters(config: Config): readonly ParameterSpec[];
  create(config: Config, parameters: Parameters, parts?: ModuleParts): Module;
  /**
   * What a module with this config file reads and writes; each key may be missing. The module then gets `promptLength`
   * as a scalar tensor and no `task`. Without this function, it may read and write anything.
   */
  flow?(config: ConfigJson): Flow;
  /** The family of encoders with such a module; undefined for a module that dense encoders have, too. */
  readonly family?: Family;
  /** Whether the transformer before it must give logits (task `fill-mask`). */
  readonly takesLogits?: boolean;
  /** The parameter that is all of the module: a weight for each token id, which a text gets if it has the token. */
  readonly tokenWeights?: string;
  /** Whether the module works without its config file. */
  readonly needsNoConfig?: boolean;
  /** The metadata that the reference writes into its weights file. */
  readonly weightsMetadata?: Readonly<Record<string, string>>;
}
