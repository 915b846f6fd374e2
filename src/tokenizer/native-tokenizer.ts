import { anObject, aString, checkArguments } from '../arguments.js';
import { describe } from '../describe.js';
import { InputError, ModelFileError, OptionError } from '../errors.js';
import { CuttingTokenizer } from './cutting-tokenizer.js';
import { isPairDecided, type Pair } from './long-pairs.js';
import { isDecided, longestText, type PartEncoding, partOf, partSizes } from './long-texts.js';
import type { NativeEncoding, NativeTokenizer } from './native-library.js';
import type { EncodedText, EncodeTextOptions, Tokenizer, TokenizerInput } from './tokenizer.js';
import { truncatePair } from './truncate-pair.js';

/** The properties of a tokenizer besides the native one. */
export interface TokenizerTraits {
  /** The file that it comes from, for errors. */
  readonly source: string;
  readonly paddingToken: string | undefined;
  readonly unknownToken: string | undefined;
  readonly specialTokens: readonly string[];
  readonly paddingSide: 'left' | 'right';
  readonly truncationSide: 'left' | 'right';
  /** Whether special tokens in a text are plain text by default. */
  readonly splitSpecialTokens: boolean;
  readonly modelMaxLength: number;
  readonly modelInputNames: readonly string[];
  readonly lowerCase: boolean;
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Makes a native tokenizer that treats special tokens in a text as plain text. */
  readonly split: () => NativeTokenizer;
}

const ENCODE_BATCH = {
  texts: { expects: 'a list of texts and pairs of texts', accepts: Array.isArray },
  options: anObject('an object with maxLength, addSpecialTokens and perhaps splitSpecialTokens'),
};

/** Hugging Face's own tokenizer, with truncation as in transformers and without padding. */
export class NativeTokenizerAdapter implements Tokenizer {
  readonly vocabularySize: number;
  readonly paddingId: number;
  readonly paddingTypeId = 0;
  readonly paddingSide: 'left' | 'right';
  readonly unknownId: number | undefined;
  readonly specialIds: ReadonlySet<number>;
  readonly modelMaxLength: number;
  readonly modelInputNames: readonly string[];
  readonly lowerCase: boolean;
  readonly files: ReadonlyMap<string, Uint8Array>;

  readonly #native: NativeTokenizer;
  readonly #traits: TokenizerTraits;
  readonly #specialCounts: { readonly one: number; readonly pair: number };
  readonly #whole: CuttingTokenizer;
  /** Made when it is first needed. */
  #splitting: CuttingTokenizer | undefined;

  private constructor(
    whole: CuttingTokenizer,
    traits: TokenizerTraits,
    specialCounts: { one: number; pair: number },
  ) {
    const { native } = whole;
    this.#whole = whole;
    this.#native = native;
    this.#traits = traits;
    this.#specialCounts = specialCounts;
    this.vocabularySize = native.getVocabSize(true);
    this.paddingId = this.#idOf(traits.paddingToken) ?? 0;
    this.unknownId = this.#idOf(traits.unknownToken);
    this.specialIds = new Set(traits.specialTokens.flatMap((token) => this.#idOf(token) ?? []));
    this.paddingSide = traits.paddingSide;
    this.modelMaxLength = traits.modelMaxLength;
    this.modelInputNames = traits.modelInputNames;
    this.lowerCase = traits.lowerCase;
    this.files = traits.files;
  }

  static async create(native: NativeTokenizer, traits: TokenizerTraits): Promise<NativeTokenizerAdapter> {
    const whole = new CuttingTokenizer(native, traits.truncationSide);
    const count = async (pair: string | null): Promise<number> => {
      const [added, bare] = await Promise.all(
        [true, false].map((addSpecialTokens) => native.encode('', pair, { addSpecialTokens })),
      );
      return (added?.getIds().length ?? 0) - (bare?.getIds().length ?? 0);
    };
    try {
      return new NativeTokenizerAdapter(whole, traits, { one: await count(null), pair: await count('') });
    } catch (cause) {
      throw unusable(traits.source, cause);
    }
  }

  async encodeBatch(texts: readonly TokenizerInput[], options: EncodeTextOptions): Promise<EncodedText[]> {
    this.#check(texts, options);
    const singles = texts.filter((text) => typeof text === 'string');
    const whole = await this.#encodeSingles(singles, options);
    if (singles.length === texts.length) return whole;
    const pairs = texts.filter((text) => typeof text !== 'string');
    const cut = await this.#encodePairs(pairs, options);
    const [single, pair] = [whole.values(), cut.values()];
    return texts.flatMap((text) => (typeof text === 'string' ? single : pair).next().value ?? []);
  }

  async #encodeSingles(
    texts: string[],
    { maxLength, addSpecialTokens, splitSpecialTokens }: EncodeTextOptions,
  ): Promise<EncodedText[]> {
    if (texts.length === 0) return [];
    return this.#run(maxLength, splitSpecialTokens, async (native) => {
      const side = this.#traits.truncationSide;
      const encoded: EncodedText[] = [];
      let pending = texts.map((_, index) => index);
      for (const size of partSizes(maxLength)) {
        const parts = pending.map((index) => partOf(texts[index] ?? '', size, side));
        const found = await native.encodeBatch(parts, { addSpecialTokens });
        pending = pending.filter((index, place) => {
          const [part = '', encoding] = [parts[place], found[place]];
          if (encoding === undefined) return false;
          const ids = encoding.getIds();
          // Read only if the text may be truncated: for a long text it copies all parts that were cut off.
          const isCut =
            part !== texts[index] || (ids.length === maxLength && encoding.getOverflowing().length > 0);
          encoded[index] = { ids, typeIds: encoding.getTypeIds(), ...(isCut && { isCut }) };
          return (
            part !== texts[index] &&
            size < longestText(maxLength) &&
            !isDecided(part, partial(encoding), maxLength, side)
          );
        });
        if (pending.length === 0) break;
      }
      return encoded;
    });
  }

  async #encodePairs(
    pairs: readonly Pair[],
    { maxLength, addSpecialTokens, splitSpecialTokens }: EncodeTextOptions,
  ): Promise<EncodedText[]> {
    const side = this.#traits.truncationSide;
    const encode = async (native: NativeTokenizer, pair: Pair): Promise<EncodedText> => {
      const [first, second] = pair;
      for (const size of partSizes(maxLength)) {
        const parts: Pair = [partOf(first, size, side), partOf(second, size, side)];
        const encoding = await native.encode(...parts, { addSpecialTokens });
        const isWhole = parts[0] === first && parts[1] === second;
        if (
          isWhole ||
          size >= longestText(maxLength) ||
          isPairDecided(pair, parts, encoding, { maxLength, side })
        ) {
          return { ...truncatePair(encoding, maxLength, side), ...(!isWhole && { isCut: true }) };
        }
      }
      throw new TypeError('the last part of a text decides');
    };
    return this.#run(Infinity, splitSpecialTokens, (native) =>
      Promise.all(pairs.map((pair) => encode(native, pair))),
    );
  }

  async #run<T>(
    maxLength: number,
    splitSpecialTokens = this.#traits.splitSpecialTokens,
    encode: (native: NativeTokenizer) => Promise<T>,
  ): Promise<T> {
    const tokenizer = splitSpecialTokens ? this.#split() : this.#whole;
    try {
      return await tokenizer.run(maxLength, encode);
    } catch (cause) {
      throw unusable(this.#traits.source, cause);
    }
  }

  #split(): CuttingTokenizer {
    this.#splitting ??= new CuttingTokenizer(this.#traits.split(), this.#traits.truncationSide);
    return this.#splitting;
  }

  idToToken(id: number): string | undefined {
    return Number.isInteger(id) && id >= 0 && id < 2 ** 32
      ? (this.#native.idToToken(id) ?? undefined)
      : undefined;
  }

  tokenToId(token: string): number | undefined {
    checkArguments('tokenToId', { token: aString }, { token });
    return this.#idOf(token);
  }

  #idOf(token: string | undefined): number | undefined {
    return token === undefined ? undefined : (this.#native.tokenToId(token) ?? undefined);
  }

  #check(texts: readonly TokenizerInput[], options: EncodeTextOptions): void {
    checkArguments('encodeBatch', ENCODE_BATCH, { texts, options });
    const { maxLength, addSpecialTokens } = options;
    const wrong = Array.from(texts).findIndex((text) => !isInput(text));
    if (wrong >= 0) {
      throw new InputError(`texts[${wrong}] is not a text; expected a string, or a pair of strings`);
    }
    if (maxLength !== Infinity && (!Number.isInteger(maxLength) || maxLength < 1)) {
      throw new OptionError(
        `maxLength is ${describe(maxLength)}; expected a whole number of at least 1, or Infinity`,
      );
    }
    const isPair = texts.some((text) => typeof text !== 'string');
    const room = addSpecialTokens ? this.#specialCounts[isPair ? 'pair' : 'one'] : 0;
    if (maxLength < room) {
      throw new OptionError(
        `maxLength is ${maxLength}; this tokenizer adds ${room} special tokens to a ${isPair ? 'pair of texts' : 'text'}, so expected at least ${room}`,
      );
    }
  }
}

function partial(encoding: NativeEncoding): PartEncoding {
  return {
    length: encoding.getLength(),
    offsets: encoding.getOffsets(),
    special: encoding.getSpecialTokensMask(),
  };
}

function isInput(text: unknown): boolean {
  if (typeof text === 'string') return true;
  return Array.isArray(text) && text.length === 2 && text.every((part) => typeof part === 'string');
}

function unusable(source: string, cause: unknown): ModelFileError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new ModelFileError(`${source}: the tokenizer of this file cannot encode: ${why}`, { cause });
}
