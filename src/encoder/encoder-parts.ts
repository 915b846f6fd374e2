import type { SentenceTransformersConfig } from '../files/folder/sentence-transformers-config.js';
import type { Module } from '../modules/module.js';
import type { Origin } from './origin.js';

/** The model_type of a SparseEncoder in a model folder's config. */
export const MODEL_TYPE = 'SparseEncoder';

/** The parts of an encoder, from its folder or from its caller. */
export interface EncoderParts {
  readonly modules: readonly Module[];
  /** The `kwargs` of each module in modules.json, kept for custom modules of the reference. */
  readonly kwargs?: readonly (readonly string[] | undefined)[];
  /** The settings of the model as a whole. */
  readonly config: SentenceTransformersConfig;
  /** Its card; undefined if it has none or has become another model. */
  readonly readme: string | undefined;
  /** Undefined for an encoder that was made of modules. */
  readonly origin?: Origin;
}
