import type { ActivationFunction } from '../ops/splade-activation.js';
import type { Task } from './transformer/transformer-config.js';

/** A family of sparse encoders, to which an encoder belongs that has one of its modules. */
export interface Family {
  /** Heads the card of such a model. */
  readonly title: string;
  /** The card's tag. */
  readonly tag: string;
  /** An encoder with modules of several families belongs to the one of the highest rank. */
  readonly rank: number;
}

/** How logits of tokens become the weight of each term, where that is a fixed formula. */
export interface LogitsFormula {
  readonly activationFunction: ActivationFunction;
  readonly poolingStrategy: 'max' | 'sum';
}

/**
 * What a module of some config does with the features of a batch. Features have their names in files, such as
 * `token_embeddings`.
 */
export interface Flow {
  /** The feature that it reads; undefined for a module that takes texts. */
  readonly takes?: string;
  /** The feature that it writes: as wide as `dimension` says, else as the one that it reads. */
  readonly makes: string;
  /** How wide the feature that it reads has to be, and the key of its config that says so. */
  readonly inputWidth?: { readonly key: string; readonly value: number } | undefined;
  /** What a transformer's `token_embeddings` are: hidden states, or logits. */
  readonly task?: Task | undefined;
  /** Whether the tokens of a prompt do not count. Default false. */
  readonly leavesOutPrompt?: boolean;
  /** How many dimensions of an embedding it leaves active by itself, and how many there are. */
  readonly activeDims?: { readonly own: number; readonly most: number } | undefined;
  /** Where it pools logits by a formula that a vector database can compute: that formula. */
  readonly logits?: LogitsFormula;
}

/** A module's config, as its file has it. */
export type ConfigJson = Readonly<Record<string, unknown>>;

interface Declared {
  readonly kind: { flow?(config: ConfigJson): Flow };
  config(): ConfigJson;
}

/** What a module takes and makes; undefined where its kind does not state it, so that it may be anything. */
export function flowOf(module: Declared): Flow | undefined {
  return module.kind.flow?.(module.config());
}

/** The number that a config has under a key; undefined where it has none. */
export function numberAt(config: ConfigJson, key: string): number | undefined {
  const value = config[key];
  return typeof value === 'number' ? value : undefined;
}

/** The `inputWidth` that a config has under a key; undefined where it says nothing. */
export function widthAt(config: ConfigJson, key: string): Flow['inputWidth'] {
  const value = numberAt(config, key);
  return value === undefined ? undefined : { key, value };
}

/** The flow of a module between the features that its config names as `module_input_name` and `module_output_name`. */
export function namedFlow(config: ConfigJson): Flow & { readonly takes: string } {
  const { module_input_name: from, module_output_name: to } = config;
  const takes = typeof from === 'string' ? from : 'sentence_embedding';
  return { takes, makes: typeof to === 'string' ? to : takes };
}
