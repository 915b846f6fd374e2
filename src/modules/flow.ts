import type { ActivationFunction } from '../ops/splade-activation.js';
import type { Task } from './transformer/transformer-config.js';

/** A family of sparse encoders. An encoder belongs to it if it has one of its modules. */
export interface Family {
  /** The heading of such a model's card. */
  readonly title: string;
  /** The card's tag. */
  readonly tag: string;
  /** An encoder with modules of several families belongs to the one with the highest rank. */
  readonly rank: number;
}

/** How token logits become the weight of each term, if that is a fixed formula. */
export interface LogitsFormula {
  readonly activationFunction: ActivationFunction;
  readonly poolingStrategy: 'max' | 'sum';
}

/**
 * What a module with some config does with the features of a batch. Features have their names in files, such as
 * `token_embeddings`.
 */
export interface Flow {
  /** The feature that it reads; undefined for a module that takes texts. */
  readonly takes?: string;
  /** The feature that it writes. Its width is `dimension`, or otherwise the width of the feature that it reads. */
  readonly makes: string;
  /** The required width of the feature that it reads, and the config key that says so. */
  readonly inputWidth?: { readonly key: string; readonly value: number } | undefined;
  /** The meaning of a transformer's `token_embeddings`: hidden states or logits. */
  readonly task?: Task | undefined;
  /** Whether it ignores the tokens of a prompt. Default false. */
  readonly leavesOutPrompt?: boolean;
  /** How many dimensions of an embedding it leaves active by itself, and how many there are. */
  readonly activeDims?: { readonly own: number; readonly most: number } | undefined;
  /** The formula for pooling logits, if a vector database can compute it. */
  readonly logits?: LogitsFormula;
}

/** A module's config as in its file. */
export type ConfigJson = Readonly<Record<string, unknown>>;

interface Declared {
  readonly kind: { flow?(config: ConfigJson): Flow };
  config(): ConfigJson;
}

/** What a module reads and writes; undefined if its kind does not declare it, so that it may be anything. */
export function flowOf(module: Declared): Flow | undefined {
  return module.kind.flow?.(module.config());
}

/** The number at a key of a config; undefined if there is none. */
export function numberAt(config: ConfigJson, key: string): number | undefined {
  const value = config[key];
  return typeof value === 'number' ? value : undefined;
}

/** The `inputWidth` at a key of a config; undefined if there is none. */
export function widthAt(config: ConfigJson, key: string): Flow['inputWidth'] {
  const value = numberAt(config, key);
  return value === undefined ? undefined : { key, value };
}

/** The flow of a module whose config names its features as `module_input_name` and `module_output_name`. */
export function namedFlow(config: ConfigJson): Flow & { readonly takes: string } {
  const { module_input_name: from, module_output_name: to } = config;
  const takes = typeof from === 'string' ? from : 'sentence_embedding';
  return { takes, makes: typeof to === 'string' ? to : takes };
}
