import type { Features } from '../features.js';
import type { Tokenizer } from '../tokenizer/tokenizer.js';
import type { Dropout } from './dropout.js';
import type { ConfigJson, Family, Flow } from './flow.js';
import type { Parameters, ParameterSpec } from './parameters.js';

/**
 * `train`: dropout, every output that a loss may ask for, counters go on. `eval`: the same without dropout and
 * counters. `inference`: only what leads to the sentence embedding.
 */
export type Mode = 'train' | 'eval' | 'inference';

export interface ForwardOptions {
  readonly mode: Mode;
  /** Random numbers of mode `train`; without them nothing is dropped. */
  readonly dropout?: Dropout;
  /** How many dimensions of an embedding may be active: replaces the k of a sparse auto-encoder. */
  readonly maxActiveDims?: number;
  /** Arguments of a call of `encode` for modules that name them in their `forwardKwargs`. */
  readonly moduleKwargs?: ModuleKwargs;
}

/** Arguments of modules by name. */
export type ModuleKwargs = Readonly<Record<string, string | number | boolean>>;

/** One step of an encoder: takes the features of a batch and adds some. In tfjs operations, on every engine. */
export interface Module {
  readonly kind: ModuleKind;
  /** The module's own parameters by the names they have in its weights file; a parameter that is used twice is here once. */
  readonly parameters: Parameters;
  /** Tensors made are the caller's; the features given are not changed. */
  forward(features: Features, options: ForwardOptions): Features;
  /** Names of `moduleKwargs` that `forward` reads of its options. */
  readonly forwardKwargs?: readonly string[];
  /** What the module's config file holds. */
  config(): Record<string, unknown>;
  /** Number of dimensions of the embedding it makes; undefined where it makes none or does not know. */
  readonly dimension?: number | undefined;
  /** How many logits exist at a time, where the module makes them in pieces (see `SpladePoolingOptions`). May be set. */
  chunkSize?: number | null;
  /** How texts become token ids, where the module takes them. */
  readonly input?: InputRules;
  /** The tokenizer of a module that takes token ids; undefined where the module takes no texts by itself. */
  readonly tokenizer?: Tokenizer | undefined;
  /** What config.json holds, where the module is a transformer. */
  readonly modelConfig?: Record<string, unknown>;
  /** What else is saved with a transformer that was loaded. */
  readonly checkpoint?: CheckpointFiles | undefined;
}

/** A module that takes texts by itself. */
export interface TextModule extends Module {
  readonly input: InputRules;
  readonly tokenizer: Tokenizer;
}

/** What a checkpoint of transformers holds that is kept as it is. */
export interface CheckpointFiles {
  /** The text of config.json. */
  readonly modelConfig: string;
}

/** What a module is made of besides its config and its parameters. */
export interface ModuleParts {
  readonly tokenizer?: Tokenizer;
  readonly checkpoint?: CheckpointFiles;
}

/** How a tokenizer is called. */
export interface TextProcessing {
  /** Longest text in tokens, special ones included. */
  readonly maxLength?: number;
  /** Whether longer texts are cut; otherwise they are refused where the model cannot take them. Default true. */
  readonly truncation?: boolean;
  /** Whether [CLS], [SEP] and their like are added. Default: as the module has it, true for a transformer. */
  readonly addSpecialTokens?: boolean;
  /** Whether special tokens that a text holds, such as "[MASK]", are plain text. Default: as the tokenizer's files say, else false. */
  readonly splitSpecialTokens?: boolean;
}

export interface InputRules {
  /** Whether [CLS], [SEP] and their like are added. */
  readonly addSpecialTokens: boolean;
  /** Most tokens that it can take; Infinity where any number will do. */
  readonly maxPositions: number;
  /** Number of token ids that it knows; undefined where they are the tokenizer's. */
  readonly vocabularySize?: number;
  /** Limit set in its config file; undefined leaves it to the tokenizer's config. */
  readonly maxLength?: number;
  /** Whether neither `maxSeqLength` nor the `processingKwargs` of a call hold for it; false unless given. */
  readonly isFixed?: boolean;
  /** Set in its config file; what a call says of these goes before it. */
  readonly processing?: TextProcessing;
}

/** What a module's config does not say by itself. */
export interface Surroundings {
  /** How many tokens the tokenizer in the module's folder has. */
  readonly vocabularySize?: number;
  /** config.json beside a transformer's own config file. */
  readonly modelConfig?: unknown;
  /** Width of the token embeddings or logits that the transformer before it makes. */
  readonly tokenWidth?: number | undefined;
  /** Whether the module after it takes logits. */
  readonly beforeLogits?: boolean;
}

/**
 * What makes a module of a config file and its weights, and what else has to know of such modules. One row of the table of
 * modules each.
 */
export interface ModuleKind<Config = unknown> {
  /** The class in the reference: `SpladePooling`. */
  readonly name: string;
  /** The dotted path of that class as modules.json holds it, without the class itself. */
  readonly path: string;
  readonly configFile: string;
  /** @throws ModelFileError for JSON that is not a config of this module */
  readConfig(json: unknown, surroundings: Surroundings): Config;
  /** Every parameter and buffer, in the reference's order. Empty: the module has no weights file. */
  parameters(config: Config): readonly ParameterSpec[];
  create(config: Config, parameters: Parameters, parts?: ModuleParts): Module;
  /**
   * What a module with this config file takes and makes; each key may be missing. The module then gets `promptLength` as a
   * scalar tensor and no `task`. Left out, it may take and make anything.
   */
  flow?(config: ConfigJson): Flow;
  /** What its presence makes of an encoder; undefined for a module that dense encoders have, too. */
  readonly family?: Family;
  /** Whether the transformer before it has to give logits, the task `fill-mask`. */
  readonly takesLogits?: boolean;
  /** The parameter that is all of it: a weight for each token id, which a text has where it has the token. */
  readonly tokenWeights?: string;
  /** Whether nothing is missed where its config file is missing. */
  readonly needsNoConfig?: boolean;
  /** What the reference writes into the head of its weights file. */
  readonly weightsMetadata?: Readonly<Record<string, string>>;
}
