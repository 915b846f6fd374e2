import { ModelFileError, OptionError } from '../errors.js';
import { SIMILARITY_NAMES, type SimilarityName } from '../features.js';
import type { SentenceTransformersConfig } from '../files/folder/sentence-transformers-config.js';
import { preview } from '../files/preview.js';
import { flowOf } from '../modules/flow.js';
import type { Module } from '../modules/module.js';
import { isRouted } from '../modules/routed-module.js';
import { aText, countFrom, nullable, oneOf, type OptionRules, resolveGiven } from '../options.js';
import { type EncoderParts, MODEL_TYPE } from './encoder-parts.js';
import { LOCATE_RULES, type LocateOptions } from './locate.js';
import { resolvePrompt } from './prompts.js';

/** Settings for loading or making a model. */
export interface SparseEncoderOptions {
  /** Prompts by name; they replace the model's own prompts with the same names. */
  readonly prompts?: Readonly<Record<string, string>>;
  /** Name of the default prompt of `encode`. */
  readonly defaultPromptName?: string;
  readonly similarityFnName?: SimilarityName;
  /** The most active dimensions of an embedding. */
  readonly maxActiveDims?: number;
}

export interface LoadOptions extends LocateOptions, SparseEncoderOptions {}

/** Settings of a model as a whole. */
export interface EncoderSettings {
  readonly prompts: Map<string, string>;
  readonly defaultPromptName: string | null;
  readonly maxActiveDims: number | null;
  readonly similarityFnName: SimilarityName;
}

/** Every model has these prompts. By default they are empty. */
const NO_PROMPTS: readonly (readonly [string, string])[] = [
  ['query', ''],
  ['document', ''],
];

/** null means "not given". */
const SETTING_RULES: OptionRules<{
  readonly [K in keyof SparseEncoderOptions]-?: SparseEncoderOptions[K] | null;
}> = {
  prompts: nullable({
    expects: 'an object of strings by name',
    accepts: (value) =>
      typeof value === 'object' &&
      value !== null &&
      Object.values(value).every((each) => typeof each === 'string'),
  }),
  defaultPromptName: nullable(aText),
  similarityFnName: nullable(oneOf(SIMILARITY_NAMES)),
  maxActiveDims: nullable(countFrom(1)),
};

export const LOAD_RULES: OptionRules<{ readonly [K in keyof LoadOptions]-?: LoadOptions[K] | null }> = {
  ...LOCATE_RULES,
  ...SETTING_RULES,
};

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveLoadOptions(options: LoadOptions): LoadOptions {
  return resolveGiven<LoadOptions>('SparseEncoder.load', LOAD_RULES, options);
}

/** @throws OptionError if an option is unknown or of the wrong type */
export function resolveSettingOptions(owner: string, options: SparseEncoderOptions): SparseEncoderOptions {
  return resolveGiven<SparseEncoderOptions>(owner, SETTING_RULES, options);
}

/**
 * The settings of a model: from the options, otherwise from its config, otherwise from its modules.
 *
 * @param file the file of the config
 * @throws OptionError if an option asks for something that the model does not have; ModelFileError if its config does
 */
export function readSettings(
  { config, modules }: Pick<EncoderParts, 'config' | 'modules'>,
  options: SparseEncoderOptions,
  file: string,
): EncoderSettings {
  const saved = Object.entries(config.prompts ?? {}).map(([name, prompt]) => [name, prompt ?? ''] as const);
  const prompts = new Map([...NO_PROMPTS, ...saved, ...Object.entries(options.prompts ?? {})]);
  return {
    prompts,
    defaultPromptName: defaultPrompt(config, prompts, options, file),
    maxActiveDims: activeDims(config, modules, options, file),
    similarityFnName: options.similarityFnName ?? supported(config.similarity_fn_name) ?? 'dot',
  };
}

function defaultPrompt(
  { default_prompt_name: saved = null }: SentenceTransformersConfig,
  prompts: ReadonlyMap<string, string>,
  { defaultPromptName: given }: SparseEncoderOptions,
  file: string,
): string | null {
  if (given !== undefined) {
    resolvePrompt({}, prompts, given);
    return given;
  }
  if (saved === null || prompts.has(saved)) return saved;
  const known = [...prompts.keys()].map((name) => JSON.stringify(name)).join(', ');
  throw new ModelFileError(
    `${file}: default_prompt_name is ${preview(saved)}; expected the name of one of the prompts, ${known}`,
  );
}

function activeDims(
  { max_active_dims: saved }: SentenceTransformersConfig,
  modules: readonly Module[],
  { maxActiveDims: given }: SparseEncoderOptions,
  file: string,
): number | null {
  const latents = latentsOf(modules);
  const found = given ?? saved ?? kOf(modules) ?? null;
  if (found === null || found <= latents.count) return found;
  const expected = `expected at most ${latents.count}, the latents of the model's ${latents.of}`;
  if (given !== undefined) throw new OptionError(`SparseEncoder: maxActiveDims is ${given}; ${expected}`);
  // A saved limit that is too large does no harm if a smaller one is given.
  if (saved === undefined || saved === null) return found;
  throw new ModelFileError(`${file}: max_active_dims is ${saved}; ${expected}`);
}

/** The config with these settings, and with all its other keys. */
export function writeSettings(
  config: SentenceTransformersConfig,
  { prompts, defaultPromptName, maxActiveDims, similarityFnName }: EncoderSettings,
): SentenceTransformersConfig {
  const { max_active_dims: _, ...rest } = config;
  return {
    ...rest,
    model_type: MODEL_TYPE,
    prompts: Object.fromEntries(prompts),
    default_prompt_name: defaultPromptName,
    similarity_fn_name: similarityFnName,
    ...(maxActiveDims !== null && { max_active_dims: maxActiveDims }),
  };
}

/** The reference treats any other name as none, too. */
function supported(name: string | null | undefined): SimilarityName | undefined {
  return SIMILARITY_NAMES.find((each) => each === name);
}

/** How many dimensions of an embedding can be active, and the module that limits them. */
export interface Latents {
  readonly count: number;
  readonly of: string;
}

/**
 * The number of latents that the sparse auto-encoders leave an embedding, which limits its active dimensions; for a
 * Router, the largest number of a route. Infinity without an auto-encoder.
 */
export function latentsOf(modules: readonly Module[]): Latents {
  const limits = modules.map((module): Latents => {
    if (isRouted(module)) {
      const [most] = [...module.routes.values()].map(latentsOf).toSorted((a, b) => b.count - a.count);
      return most ?? NO_LIMIT;
    }
    const { most = Infinity } = flowOf(module)?.activeDims ?? {};
    return { count: most, of: module.kind.name };
  });
  return limits.toSorted((a, b) => a.count - b.count)[0] ?? NO_LIMIT;
}

const NO_LIMIT: Latents = { count: Infinity, of: '' };

/**
 * The number of active dimensions that the auto-encoders of these modules leave by default; Infinity without an
 * auto-encoder.
 */
export function activeDimsOf(modules: readonly Module[]): number {
  return Math.min(...modules.map((module) => flowOf(module)?.activeDims?.own ?? Infinity));
}

/** The k of an auto-encoder for every embedding. Auto-encoders inside a Router limit only their own route. */
function kOf(modules: readonly Module[]): number | undefined {
  for (const module of modules) {
    const { own = Infinity } = flowOf(module)?.activeDims ?? {};
    if (own !== Infinity) return own;
  }
  return undefined;
}
