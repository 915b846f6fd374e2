import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import { checkedAs } from '../../files/json/parse-json.js';
import { readJsonFile } from '../../files/json/read-json-file.js';
import type { JsonKind } from '../../files/limits.js';
import type { TokenizerJson } from './tokenizer-json.js';

/** Names of special tokens that every tokenizer of transformers has, in its order. */
export const SPECIAL_NAMES = [
  'bos_token',
  'eos_token',
  'unk_token',
  'sep_token',
  'pad_token',
  'cls_token',
  'mask_token',
] as const;

export type SpecialName = (typeof SPECIAL_NAMES)[number];

/** A token with flags. If the files do not give `normalized`, it follows from `special`. */
export interface FlaggedToken {
  readonly content: string;
  readonly single_word: boolean;
  readonly lstrip: boolean;
  readonly rstrip: boolean;
  readonly normalized?: boolean | undefined;
  readonly special: boolean;
}

export type TokenValue = string | FlaggedToken;

const flag = z.boolean().default(false);
const flagged = z.object({
  content: z.string(),
  single_word: flag,
  lstrip: flag,
  rstrip: flag,
  normalized: z.boolean().optional(),
  special: flag,
});
const tokenValue = z.union([z.string(), flagged]);
const side = z.enum(['left', 'right']).optional();
const choice = z.boolean().optional();

const classOptions = {
  do_lower_case: choice,
  tokenize_chinese_chars: choice,
  strip_accents: z.boolean().nullish(),
  add_prefix_space: choice,
  trim_offsets: choice,
  keep_accents: choice,
  split_by_punct: choice,
  unk_id: z.int().min(0).optional(),
};

const configSchema = z.looseObject({
  ...classOptions,
  tokenizer_class: z.string().nullish(),
  model_max_length: z.number().positive().nullish(),
  max_len: z.number().positive().nullish(),
  model_input_names: z.array(z.string()).optional(),
  padding_side: side,
  truncation_side: side,
  split_special_tokens: choice,
  added_tokens_decoder: z.record(z.string().regex(/^\d+$/), flagged).optional(),
  extra_special_tokens: z.union([z.array(tokenValue), z.record(z.string(), tokenValue)]).nullish(),
  additional_special_tokens: z.array(tokenValue).nullish(),
});
const mapSchema = z.record(z.string(), z.unknown());
const addedTokensSchema = z.record(z.string(), z.int().min(0));
const modelSchema = z.looseObject({
  model_type: z.string().nullish(),
  tokenizer_class: z.string().nullish(),
});

type Config = z.infer<typeof configSchema>;

/** The options that tokenizer classes of transformers take from tokenizer_config.json. */
export type ClassOptions = Pick<Config, keyof typeof classOptions>;

/** The settings in the files beside tokenizer.json, combined as transformers does. */
export interface TokenizerSettings {
  readonly options: ClassOptions;
  readonly modelType: string | undefined;
  readonly declaredClass: string | undefined;
  /** Special tokens with names; null if a file says that there is none. */
  readonly named: ReadonlyMap<string, TokenValue | null>;
  /** Other special tokens. */
  readonly extra: readonly TokenValue[];
  /** Tokens that may have to be added to the vocabulary, in the order of their ids. */
  readonly added: readonly FlaggedToken[];
  readonly modelMaxLength: number;
  readonly modelInputNames: readonly string[] | undefined;
  readonly paddingSide: 'left' | 'right' | undefined;
  readonly truncationSide: 'left' | 'right' | undefined;
  /** Whether special tokens inside a text are plain text. */
  readonly splitSpecialTokens: boolean;
}

/** From here on, a length means "none": transformers writes 10^30. */
const NO_LENGTH = 1e20;

/**
 * @param json the folder's tokenizer.json, if it has one
 * @throws ModelFileError that names the file and the key
 */
export function readTokenizerSettings(folder: string, json: TokenizerJson | undefined): TokenizerSettings {
  const config = readIfThere(folder, 'tokenizer_config.json', configSchema) ?? {};
  const model = readIfThere(folder, 'config.json', modelSchema);
  const length = config.model_max_length === undefined ? config.max_len : config.model_max_length;
  return {
    options: config,
    modelType: model?.model_type ?? undefined,
    declaredClass: config.tokenizer_class ?? model?.tokenizer_class ?? undefined,
    ...readTokens(folder, config, json),
    modelMaxLength: length === undefined || length === null || length > NO_LENGTH ? Infinity : length,
    modelInputNames: config.model_input_names,
    paddingSide: config.padding_side ?? lowerCase(json?.padding?.direction),
    splitSpecialTokens: config.split_special_tokens === true,
    truncationSide: config.truncation_side ?? lowerCase(json?.truncation?.direction),
  };
}

type Tokens = Pick<TokenizerSettings, 'named' | 'extra' | 'added'>;

function readTokens(folder: string, config: Config, json: TokenizerJson | undefined): Tokens {
  const own = tokensIn(config, join(folder, 'tokenizer_config.json'));
  const listed = config.extra_special_tokens ?? [];
  let extra = Array.isArray(listed) ? listed : [];
  let named = new Map<string, TokenValue | null>([
    // transformers takes the tokens with flags first.
    ...[...own].filter(([, token]) => typeof token !== 'string'),
    ...[...own].filter(([, token]) => typeof token === 'string'),
    ...(Array.isArray(listed) ? [] : Object.entries(listed)),
  ]);
  if (extra.length === 0 && named.size === own.size) extra = config.additional_special_tokens ?? [];

  const added = new Map<number, FlaggedToken>();
  if (config.added_tokens_decoder !== undefined) {
    for (const [id, token] of Object.entries(config.added_tokens_decoder)) added.set(Number(id), token);
  } else {
    const map = readSpecialTokensMap(folder);
    named = new Map([...named, ...map.named]);
    extra = [
      ...extra,
      ...map.extra.filter((token) => !extra.some((known) => contentOf(known) === contentOf(token))),
    ];
    if (extra.length === 0) extra = map.additional;
    const special = new Set(
      [...SPECIAL_NAMES.map((name) => named.get(name)), ...extra].map((token) => token && contentOf(token)),
    );
    const words = readIfThere(folder, 'added_tokens.json', addedTokensSchema, 'vocabulary') ?? {};
    for (const [content, id] of Object.entries(words)) {
      added.set(id, plainToken(content, special.has(content)));
    }
    for (const token of json?.added_tokens ?? []) added.set(token.id, token);
  }
  const byContent = new Map([...added.values()].map((token) => [token.content, token]));
  for (const name of SPECIAL_NAMES) {
    const token = named.get(name);
    if (typeof token === 'string') named.set(name, byContent.get(token) ?? token);
    else if (token) named.set(name, byContent.get(token.content) ?? token);
  }
  return {
    named,
    extra,
    added: [...added].toSorted(([a], [b]) => a - b).map(([, token]) => token),
  };
}

/** special_tokens_map.json, which transformers before version 5 wrote beside tokenizer_config.json. */
function readSpecialTokensMap(folder: string): {
  named: ReadonlyMap<string, TokenValue | null>;
  extra: readonly TokenValue[];
  additional: TokenValue[];
} {
  const source = join(folder, 'special_tokens_map.json');
  const map = readIfThere(folder, 'special_tokens_map.json', mapSchema) ?? {};
  const special = (tokens: ReadonlyMap<string, TokenValue | null>): [string, TokenValue | null][] =>
    [...tokens].map(([name, token]) => [name, token === null ? null : asSpecial(token)]);
  const list = (key: string): TokenValue[] => {
    const value = map[key];
    if (!Array.isArray(value)) return [];
    return value.map((token) => asSpecial(checkedAs(token, tokenValue, `${source}, ${key}`)));
  };
  return {
    named: new Map(special(tokensIn(map, source))),
    extra: list('extra_special_tokens'),
    additional: list('additional_special_tokens'),
  };
}

/** Entries such as `cls_token`. Other values under such names (`add_bos_token`: true) are ignored. */
function tokensIn(
  entries: Readonly<Record<string, unknown>>,
  source: string,
): Map<string, TokenValue | null> {
  const tokens = new Map<string, TokenValue | null>();
  for (const [name, value] of Object.entries(entries)) {
    if (isSpecialName(name)) {
      tokens.set(name, value === null ? null : checkedAs(value, tokenValue, `${source}, ${name}`));
    } else if (name.endsWith('_token')) {
      const token = tokenValue.safeParse(value);
      if (token.success) tokens.set(name, token.data);
    }
  }
  return tokens;
}

export function contentOf(token: TokenValue): string {
  return typeof token === 'string' ? token : token.content;
}

export function isSpecialName(name: string): name is SpecialName {
  return (SPECIAL_NAMES as readonly string[]).includes(name);
}

function asSpecial(token: TokenValue): TokenValue {
  return typeof token === 'string' ? token : { ...token, special: true };
}

function plainToken(content: string, special: boolean): FlaggedToken {
  return { content, single_word: false, lstrip: false, rstrip: false, normalized: !special, special };
}

function lowerCase(direction: 'Left' | 'Right' | undefined): 'left' | 'right' | undefined {
  return direction === undefined ? undefined : direction === 'Left' ? 'left' : 'right';
}

function readIfThere<T>(folder: string, name: string, schema: z.ZodType<T>, kind?: JsonKind): T | undefined {
  const path = join(folder, name);
  return existsSync(path) ? readJsonFile(path, schema, kind) : undefined;
}
