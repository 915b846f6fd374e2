import { OptionError } from '../errors.js';
import { SIMILARITY_NAMES, type SimilarityName } from '../features.js';
import type { SentenceTransformersConfig } from '../files/folder/sentence-transformers-config.js';
import type { Module } from '../modules/module.js';
import { MODEL_TYPE } from './load.js';
import type { LocateOptions } from './locate.js';
import { leavesOf } from './module-tree.js';
import { resolvePrompt } from './prompts.js';

export interface LoadOptions extends LocateOptions {
  /** Prompts by name; they take the place of the model's own of the same names. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Name of the prompt that `encode` takes unless told otherwise. */
  readonly defaultPromptName?: string;
  readonly similarityFnName?: SimilarityName;
  /** Most active dimensions of an embedding. */
  readonly maxActiveDims?: number;
}

/** What a model says of itself as a whole. */
export interface EncoderSettings {
  readonly prompts: Map<string, string>;
  readonly defaultPromptName: string | null;
  readonly maxActiveDims: number | null;
  readonly similarityFnName: SimilarityName;
}

/**
 * The settings of a model's config, and of its modules where that says nothing, under those of the options.
 *
 * @throws OptionError
 */
export function readSettings(
  config: SentenceTransformersConfig,
  modules: readonly Module[],
  options: LoadOptions,
): EncoderSettings {
  const saved = Object.entries(config.prompts ?? {}).map(([name, text]) => [name, text ?? ''] as const);
  const prompts = new Map([...saved, ...Object.entries(options.prompts ?? {})]);
  const defaultPromptName = options.defaultPromptName ?? config.default_prompt_name ?? null;
  if (defaultPromptName !== null) resolvePrompt({}, prompts, defaultPromptName);
  const similarityFnName = options.similarityFnName ?? supported(config.similarity_fn_name) ?? 'dot';
  if (!SIMILARITY_NAMES.includes(similarityFnName)) {
    throw new OptionError(
      `similarityFnName is "${String(similarityFnName)}"; expected one of ${SIMILARITY_NAMES.join(', ')}`,
    );
  }
  const maxActiveDims = options.maxActiveDims ?? config.max_active_dims ?? latentsOf(modules);
  return { prompts, defaultPromptName, maxActiveDims, similarityFnName };
}

/** The config that says these settings, with whatever else it says. */
export function writeSettings(
  config: SentenceTransformersConfig,
  { prompts, defaultPromptName, maxActiveDims, similarityFnName }: EncoderSettings,
): SentenceTransformersConfig {
  const { max_active_dims: _, ...rest } = config;
  return {
    ...rest,
    model_type: MODEL_TYPE,
    prompts: { query: '', document: '', ...Object.fromEntries(prompts) },
    default_prompt_name: defaultPromptName,
    similarity_fn_name: similarityFnName,
    ...(maxActiveDims !== null && { max_active_dims: maxActiveDims }),
  };
}

/** The reference takes any other name for none, too. */
function supported(name: string | null | undefined): SimilarityName | undefined {
  return SIMILARITY_NAMES.find((each) => each === name);
}

/** The k of a sparse auto-encoder; null where there is none. */
function latentsOf(modules: readonly Module[]): number | null {
  const encoder = leavesOf(modules).find(({ module }) => module.kind.name === 'SparseAutoEncoder');
  const k = encoder?.module.config()['k'];
  return typeof k === 'number' ? k : null;
}
