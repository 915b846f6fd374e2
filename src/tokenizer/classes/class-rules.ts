import type { ScoredModel } from '../assemble.js';
import type { JsonObject } from '../files/json-object.js';
import type { ModelJson } from '../files/model-json.js';
import type { ClassOptions, SpecialName, TokenValue } from '../files/settings.js';

/** What a class builds from a vocabulary: a tokenizer.json without the added tokens and the post-processor. */
export interface Rebuilt {
  readonly normalizer: JsonObject | null;
  readonly pre_tokenizer: JsonObject;
  readonly decoder: JsonObject;
  readonly model?: JsonObject;
  /** Replaces the model: the vocabulary of Unigram, since not all its scores survive being read from JSON. */
  readonly scored?: ScoredModel;
}

/** Special tokens of a tokenizer by their names, as strings; undefined for a missing one. */
export type SpecialTokens = { readonly [Name in SpecialName]?: string | undefined };

export interface RebuildInput {
  readonly model: ModelJson;
  readonly options: ClassOptions;
  readonly special: SpecialTokens;
  /** The map of the file's Precompiled normalizer, if it has one. */
  readonly charsmap: string | undefined;
}

/** A tokenizer class of transformers that takes only the vocabulary from the files. */
export interface ClassRules {
  readonly inputNames: readonly string[];
  /** Special tokens that the files do not name. */
  readonly defaults: SpecialTokens;
  /** The kinds of model that it builds from the vocabulary. */
  readonly modelTypes: readonly NonNullable<ModelJson['type']>[];
  /** The flags of a special token that the files give as plain text. */
  readonly wrap?: (name: SpecialName, token: string) => TokenValue;
  /** Whether it keeps the post-processor of tokenizer.json, if there is one. */
  readonly keepsPostProcessor?: true;
  rebuild(input: RebuildInput): Rebuilt;
  postProcessor(special: SpecialTokens, options: ClassOptions, idOf: (token: string) => number): JsonObject;
}
