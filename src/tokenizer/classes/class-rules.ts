import type { ScoredModel } from '../assemble.js';
import type { JsonObject } from '../files/json-object.js';
import type { ModelJson } from '../files/model-json.js';
import type { ClassOptions, SpecialName, TokenValue } from '../files/settings.js';

/** What a class builds of a vocabulary: a tokenizer.json but for the added tokens and the post-processor. */
export interface Rebuilt {
  readonly normalizer: JsonObject | null;
  readonly pre_tokenizer: JsonObject;
  readonly decoder: JsonObject;
  readonly model?: JsonObject;
  /** In place of a model: the vocabulary of Unigram, whose scores do not all survive being read from JSON. */
  readonly scored?: ScoredModel;
}

/** Special tokens of a tokenizer by their names, as strings; undefined for one that it does not have. */
export type SpecialTokens = { readonly [Name in SpecialName]?: string | undefined };

export interface RebuildInput {
  readonly model: ModelJson;
  readonly options: ClassOptions;
  readonly special: SpecialTokens;
  /** The map of the file's Precompiled normalizer, if it has one. */
  readonly charsmap: string | undefined;
}

/** A tokenizer class of transformers that takes the vocabulary of the files and nothing else. */
export interface ClassRules {
  readonly inputNames: readonly string[];
  /** Special tokens where the files name none. */
  readonly defaults: SpecialTokens;
  /** Kind of model that it makes of the vocabulary. */
  readonly modelTypes: readonly NonNullable<ModelJson['type']>[];
  /** What it makes of a special token that the files name by its text alone. */
  readonly wrap?: (name: SpecialName, token: string) => TokenValue;
  /** Whether the post-processor of tokenizer.json stays, if it has one. */
  readonly keepsPostProcessor?: true;
  rebuild(input: RebuildInput): Rebuilt;
  postProcessor(special: SpecialTokens, options: ClassOptions, idOf: (token: string) => number): JsonObject;
}
