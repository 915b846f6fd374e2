import { ModelFileError } from '../errors.js';
import { preview } from '../files/preview.js';
import type { JsonObject } from './files/json-object.js';
import type { ScoredVocabulary } from './files/model-json.js';
import type { AddedTokenJson } from './files/tokenizer-json.js';
import type { NativeLibrary, NativeTokenizer } from './native-library.js';

/** A Unigram model. Its scores are passed as numbers, since the library reads some scores from JSON one bit off. */
export interface ScoredModel {
  readonly vocab: ScoredVocabulary;
  readonly unknownId: number;
}

/** What the native library has to build. */
export interface Blueprint {
  /** The file that it comes from, for errors. */
  readonly source: string;
  /** A tokenizer.json. */
  readonly json: string;
  /** A model that replaces the one in the JSON. */
  readonly scored?: ScoredModel | undefined;
  /** The added tokens of the JSON. */
  readonly added: readonly AddedTokenJson[];
  /** The normalizer of the JSON. */
  readonly normalizer: JsonObject | null;
  /** A post-processor that replaces the one in the file. It needs the ids of added tokens. */
  readonly postProcessor: ((idOf: (token: string) => number) => JsonObject) | undefined;
}

/** @throws ModelFileError if the native library does not accept the blueprint */
export function assemble(
  library: NativeLibrary,
  { source, json, added, scored, normalizer, postProcessor }: Blueprint,
  toAdd: readonly AddedTokenJson[],
  lowerCase: boolean,
): NativeTokenizer {
  try {
    const native = library.Tokenizer.fromString(json);
    if (scored !== undefined) {
      const { vocab, unknownId } = scored;
      native.setModel(library.Unigram.init(vocab, { unkId: unknownId, byteFallback: false }));
    }
    if (toAdd.length > 0) native.addAddedTokens(toAdd.map((token) => nativeToken(library, token)));
    requireMatchable(native, source, [...added, ...toAdd]);
    if (lowerCase && !hasLowercase(normalizer)) prependLowercase(library, native);
    if (postProcessor !== undefined) {
      // The library makes a post-processor from JSON only as part of a tokenizer.
      const processor = postProcessor((token) => native.tokenToId(token) ?? 0);
      const carrier = library.Tokenizer.fromString(
        JSON.stringify({ ...EMPTY_TOKENIZER, post_processor: processor }),
      );
      const made = carrier.getPostProcessor();
      if (made !== null) native.setPostProcessor(made);
    }
    return native;
  } catch (cause) {
    if (cause instanceof ModelFileError) throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new ModelFileError(`${source} is not a tokenizer that the tokenizers library reads: ${why}`, {
      cause,
    });
  }
}

export const EMPTY_TOKENIZER: JsonObject = {
  version: '1.0',
  added_tokens: [],
  normalizer: null,
  pre_tokenizer: null,
  post_processor: null,
  decoder: null,
  model: { type: 'WordLevel', vocab: {}, unk_token: '' },
};

function nativeToken(
  library: NativeLibrary,
  token: AddedTokenJson,
): InstanceType<NativeLibrary['AddedToken']> {
  return new library.AddedToken(token.content, token.special, {
    singleWord: token.single_word,
    leftStrip: token.lstrip,
    rightStrip: token.rstrip,
    normalized: token.normalized,
  });
}

/**
 * If the normalizer removes all of an added token, the library finds it everywhere, even inside characters, and ends
 * the process.
 */
function requireMatchable(native: NativeTokenizer, source: string, tokens: readonly AddedTokenJson[]): void {
  const normalizer = native.getNormalizer();
  if (normalizer === null) return;
  const empty = tokens.find(
    ({ content, normalized }) => normalized && content !== '' && normalizer.normalizeString(content) === '',
  );
  if (empty === undefined) return;
  throw new ModelFileError(
    `${source}: the normalizer removes all of the added token ${preview(empty.content)}; expected something, or "normalized": false`,
  );
}

/** BertNormalizer can lower-case, too, but does not count, as in the reference. */
function hasLowercase(normalizer: JsonObject | null): boolean {
  if (normalizer?.['type'] === 'Lowercase') return true;
  const inner = normalizer?.['type'] === 'Sequence' ? normalizer['normalizers'] : undefined;
  return Array.isArray(inner) && inner.some((part: JsonObject | null) => part?.['type'] === 'Lowercase');
}

function prependLowercase(library: NativeLibrary, native: NativeTokenizer): void {
  const present = native.getNormalizer();
  native.setNormalizer(
    library.sequenceNormalizer([library.lowercase(), ...(present === null ? [] : [present])]),
  );
}
