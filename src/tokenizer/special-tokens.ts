import type { ClassRules, SpecialTokens } from './classes/class-rules.js';
import {
  contentOf,
  type FlaggedToken,
  isSpecialName,
  SPECIAL_NAMES,
  type TokenizerSettings,
  type TokenValue,
} from './files/settings.js';
import type { AddedTokenJson, TokenizerJson } from './files/tokenizer-json.js';

/** The special tokens of a tokenizer, from the defaults of the class and from the files. */
export interface ResolvedTokens {
  readonly special: SpecialTokens;
  /** The texts of all of them: first the named ones, then the others. */
  readonly all: readonly string[];
  /** The tokens to add to a tokenizer that has the tokens `known`, in this order. */
  readonly toAdd: readonly AddedTokenJson[];
}

export function resolveTokens(
  settings: TokenizerSettings,
  rules: ClassRules | undefined,
  json: TokenizerJson | undefined,
): ResolvedTokens {
  const named = nameTokens(settings, rules, json);
  const all = [...new Set([...named.values(), ...settings.extra].map(contentOf))];
  const special = Object.fromEntries(
    SPECIAL_NAMES.flatMap((name) => {
      const token = named.get(name);
      return token === undefined ? [] : [[name, contentOf(token)]];
    }),
  ) as SpecialTokens;
  // A class that rebuilds the tokenizer starts without the added tokens of the file.
  const known = rules === undefined ? (json?.added_tokens ?? []) : [];
  return { special, all, toAdd: tokensToAdd(known, settings, named) };
}

function nameTokens(
  settings: TokenizerSettings,
  rules: ClassRules | undefined,
  json: TokenizerJson | undefined,
): ReadonlyMap<string, TokenValue> {
  const defaults: SpecialTokens = rules?.defaults ?? { pad_token: json?.padding?.pad_token };
  const named = new Map<string, TokenValue>();
  for (const name of SPECIAL_NAMES) {
    const given = settings.named.get(name);
    const token = given === undefined ? defaults[name] : given;
    if (token === undefined || token === null) continue;
    named.set(name, typeof token === 'string' ? (rules?.wrap?.(name, token) ?? token) : token);
  }
  for (const [name, token] of settings.named) {
    if (!isSpecialName(name) && token !== null) named.set(name, token);
  }
  return named;
}

function tokensToAdd(
  known: readonly AddedTokenJson[],
  { added, extra }: TokenizerSettings,
  named: ReadonlyMap<string, TokenValue>,
): readonly AddedTokenJson[] {
  const names = new Set([...named.values()].map(contentOf));
  const tokens: TokenValue[] = added.filter((token) => !known.some((other) => isSame(token, other)));
  const contents = new Set([...known, ...tokens].map(contentOf));
  for (const token of [...named.values(), ...extra]) {
    if (!contents.has(contentOf(token))) tokens.push(token);
    contents.add(contentOf(token));
  }
  return tokens.map((token) => complete(token, names));
}

function complete(token: TokenValue, names: ReadonlySet<string>): AddedTokenJson {
  if (typeof token === 'string') {
    return {
      content: token,
      single_word: false,
      lstrip: false,
      rstrip: false,
      normalized: false,
      special: true,
    };
  }
  const special = token.special || names.has(token.content);
  return { ...token, special, normalized: token.normalized ?? !special };
}

function isSame(a: FlaggedToken, b: AddedTokenJson): boolean {
  return (
    a.content === b.content &&
    a.single_word === b.single_word &&
    a.lstrip === b.lstrip &&
    a.rstrip === b.rstrip &&
    (a.normalized ?? !a.special) === b.normalized &&
    a.special === b.special
  );
}
