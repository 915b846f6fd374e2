import { z } from 'zod';
import { ModelFileError } from '../../errors.js';
import { checkedAs, parseJson } from '../../files/json/parse-json.js';
import { componentProblem } from './component.js';
import { growthProblem } from './growth.js';
import type { JsonObject } from './json-object.js';
import { MAX_TOKENS, modelProblem, type ModelJson } from './model-json.js';

/** A token that is cut out of a text before the model sees it. The names of its flags are those in the files. */
export interface AddedTokenJson {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized: boolean;
  readonly special: boolean;
}

/** The parts of a tokenizer.json that loading needs. The native library reads the rest. */
export interface TokenizerJson {
  readonly added_tokens: readonly (AddedTokenJson & { readonly id: number })[];
  readonly normalizer: JsonObject | null;
  readonly pre_tokenizer: JsonObject | null;
  readonly post_processor: JsonObject | null;
  readonly decoder: JsonObject | null;
  readonly model: ModelJson;
  readonly truncation: { readonly direction: 'Left' | 'Right' } | null;
  readonly padding: { readonly direction: 'Left' | 'Right'; readonly pad_token: string } | null;
}

/**
 * Every added token is a branch of a pattern that is matched with each text: 20,000 load in 0.3 s, 100,000 in 1.5 s.
 */
const MAX_ADDED_TOKENS = 20_000;

const id = z.int().min(0).max(MAX_TOKENS);
const flag = z.boolean();
const direction = z.enum(['Left', 'Right']).default('Right');

const addedToken = z.object({
  id,
  content: z.string(),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: flag,
  special: flag,
});

/**
 * A normalizer, pre-tokenizer, post-processor or decoder. It is not copied, since a copy would lose a key `__proto__`.
 */
const component = z
  .custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
    error: 'an object or null',
  })
  .nullable()
  .default(null);

const schema = z.object({
  version: z.literal('1.0').optional(),
  added_tokens: z.array(addedToken).max(MAX_ADDED_TOKENS).default([]),
  normalizer: component,
  pre_tokenizer: component,
  post_processor: component,
  decoder: component,
  model: z.custom<ModelJson>(
    (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
    {
      error: 'an object',
    },
  ),
  truncation: z.object({ direction }).nullable().default(null),
  padding: z
    .object({ direction, pad_token: z.string().default('[PAD]') })
    .nullable()
    .default(null),
});

const COMPONENTS = ['normalizer', 'pre_tokenizer', 'post_processor'] as const;

/**
 * Checks a file for faults that would crash the native library or go unnoticed there.
 *
 * @throws ModelFileError that names the file and the key
 */
export function readTokenizerJson(bytes: Uint8Array | string, source: string): TokenizerJson {
  const json = checkedAs(parseJson(bytes, source), schema, source);
  const problem =
    modelProblem(json.model) ??
    growthProblem(json.normalizer) ??
    COMPONENTS.map((name) => componentProblem(name, json[name])).find((found) => found !== undefined);
  if (problem !== undefined) throw new ModelFileError(`${source}: ${problem}`);
  return json;
}
