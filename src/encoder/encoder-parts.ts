import type { SentenceTransformersConfig } from '../files/folder/sentence-transformers-config.js';
import type { Module } from '../modules/module.js';

/** What the config of a model's folder calls a SparseEncoder. */
export const MODEL_TYPE = 'SparseEncoder';

/** What an encoder is made of: as its folder has it, or as it was put together. */
export interface EncoderParts {
  readonly modules: readonly Module[];
  /** What modules.json has as `kwargs` of each module; kept for the reference, whose custom modules they are for. */
  readonly kwargs?: readonly (readonly string[] | undefined)[];
  /** What its folder says of it as a whole. */
  readonly config: SentenceTransformersConfig;
  /** Its card; undefined where it has none, or is another model by now. */
  readonly readme: string | undefined;
}
