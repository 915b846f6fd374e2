import { inspect, isDeepStrictEqual } from 'node:util';
import { InputError } from '../../src/errors.js';
import type { Tokenizer } from '../../src/tokenizer/tokenizer.js';
import type { AwkwardText } from './awkward-texts.js';
import { CUT, type Expected, WAYS } from './reference.js';

export interface Comparison {
  /** The number of texts with other ids or type ids, by way of encoding. */
  readonly differences: readonly number[];
  readonly pairs: number;
  /** The number of ids with another token. */
  readonly tokens: number;
  /** Settings that differ, in words. */
  readonly settings: readonly string[];
  /** The first few differences, in words. */
  readonly examples: readonly string[];
}

const EXAMPLES = 3;
const BATCH = 256;

export async function compareTokenizer(
  tokenizer: Tokenizer,
  expected: Expected,
  texts: readonly AwkwardText[],
): Promise<Comparison> {
  if (expected.tokens.length === 0) throw new InputError('the reference gave no tokens to compare');
  const differences: number[] = [];
  const examples: string[] = [];
  for (const [way, { name, ...options }] of WAYS.entries()) {
    const encoded = await tokenizer.encodeBatch(texts, options);
    const wrong = encoded.flatMap(({ ids, typeIds }, index) =>
      isDeepStrictEqual([ids, typeIds], expected.encodings[way]?.[index]) ? [] : [index],
    );
    differences.push(wrong.length);
    for (const index of wrong.slice(0, EXAMPLES)) {
      const [ids] = expected.encodings[way]?.[index] ?? [];
      examples.push(
        `${name}, ${JSON.stringify(texts[index])}: ${JSON.stringify(encoded[index]?.ids)}; the reference: ${JSON.stringify(ids)}`,
      );
    }
  }
  return {
    differences,
    examples,
    pairs: texts.filter((text) => typeof text !== 'string').length,
    tokens: expected.tokens.filter(
      ([id, token, back]) =>
        tokenizer.idToToken(id) !== token || tokenizer.tokenToId(token) !== (back ?? undefined),
    ).length,
    settings: settingDifferences(tokenizer, expected),
  };
}

/** Whether there is anything to report, including that nothing was compared. */
export function hasDifference(rows: readonly (Comparison & { readonly texts: number })[]): boolean {
  return rows.length === 0 || rows.some((row) => differs(row) || row.texts === 0);
}

export function differs({ differences, tokens, settings }: Comparison): boolean {
  return tokens > 0 || settings.length > 0 || differences.some((count) => count > 0);
}

function settingDifferences(tokenizer: Tokenizer, expected: Expected): string[] {
  const wanted = {
    modelMaxLength: expected.modelMaxLength >= 1e30 ? Infinity : expected.modelMaxLength,
    modelInputNames: expected.modelInputNames,
    paddingSide: expected.paddingSide,
    paddingId: expected.paddingId ?? 0,
    paddingTypeId: expected.paddingTypeId,
    unknownId: expected.unknownId ?? undefined,
    specialIds: new Set(expected.specialIds),
    vocabularySize: expected.vocabularySize,
  } as const satisfies Partial<Tokenizer>;
  return (Object.keys(wanted) as (keyof typeof wanted)[])
    .filter((name) => !isDeepStrictEqual(tokenizer[name], wanted[name]))
    .map((name) => `${name} is ${inspect(tokenizer[name])}; the reference: ${inspect(wanted[name])}`);
}

/** The time that `Expected.seconds` measures in the reference, in seconds. */
export async function timeBatches(tokenizer: Tokenizer, texts: readonly AwkwardText[]): Promise<number> {
  const single = texts.filter((text) => typeof text === 'string');
  const start = performance.now();
  for (let first = 0; first < single.length; first += BATCH) {
    await tokenizer.encodeBatch(single.slice(first, first + BATCH), {
      maxLength: CUT,
      addSpecialTokens: true,
    });
  }
  return (performance.now() - start) / 1000;
}
