import { ReadableError } from '../errors.js';

/** The parts of the npm package tokenizers in use. The declarations of the package leave some types open. */
export interface NativeLibrary {
  readonly Tokenizer: { fromString(json: string): NativeTokenizer };
  readonly AddedToken: new (
    token: string,
    isSpecial: boolean,
    options: { singleWord: boolean; leftStrip: boolean; rightStrip: boolean; normalized: boolean },
  ) => NativeAddedToken;
  readonly Unigram: {
    init(
      vocab: readonly (readonly [token: string, score: number])[],
      options: { unkId: number; byteFallback: boolean },
    ): NativeModel;
  };
  readonly lowercase: () => NativeNormalizer;
  readonly sequenceNormalizer: (normalizers: NativeNormalizer[]) => NativeNormalizer;
}

export interface NativeTokenizer {
  encode(text: string, pair: string | null, options: NativeEncodeOptions): Promise<NativeEncoding>;
  /** Accepts no pairs, although its declarations say so. */
  encodeBatch(texts: readonly string[], options: NativeEncodeOptions): Promise<NativeEncoding[]>;
  /** A length below the number of special tokens wraps around. */
  setTruncation(maxLength: number, options: { direction: 'left' | 'right' }): void;
  disableTruncation(): void;
  disablePadding(): void;
  setModel(model: NativeModel): void;
  addAddedTokens(tokens: NativeAddedToken[]): number;
  getNormalizer(): NativeNormalizer | null;
  setNormalizer(normalizer: NativeNormalizer): void;
  getPostProcessor(): NativePostProcessor | null;
  setPostProcessor(processor: NativePostProcessor): void;
  getVocabSize(withAddedTokens: boolean): number;
  /** Accepts any number as an id. */
  idToToken(id: number): string | null;
  tokenToId(token: string): number | null;
  save(path: string): void;
}

export interface NativeEncoding {
  /** The parts that truncation cut off. */
  getOverflowing(): readonly unknown[];
  getIds(): number[];
  getTypeIds(): number[];
  getLength(): number;
  /** Begin and end of each token in the text, in code points. */
  getOffsets(): number[][];
  /** 1 for a special token. */
  getSpecialTokensMask(): number[];
  /** 0 for a token of the first text, 1 for a token of the second, null for a special token. */
  getSequenceIds(): (number | null)[];
}

export interface NativeEncodeOptions {
  readonly addSpecialTokens: boolean;
}

interface NativeObject<Kind extends string> {
  readonly kind: Kind;
}
type NativeModel = NativeObject<'model'>;
type NativeAddedToken = NativeObject<'added token'>;
interface NativeNormalizer extends NativeObject<'normalizer'> {
  normalizeString(text: string): string;
}
type NativePostProcessor = NativeObject<'post-processor'>;

/** The package tokenizers or its native binding for this platform is missing or does not load. */
export class TokenizerUnavailableError extends ReadableError {
  override readonly kind = 'environment';
  override readonly name = 'TokenizerUnavailableError';
}

/** @throws TokenizerUnavailableError */
export async function loadNativeLibrary(
  load: () => Promise<unknown> = () => import('tokenizers'),
): Promise<NativeLibrary> {
  try {
    return (await load()) as NativeLibrary;
  } catch (cause) {
    const [reason = ''] = (cause instanceof Error ? cause.message : String(cause)).split('\n');
    throw new TokenizerUnavailableError(
      `the package tokenizers cannot be loaded on ${process.platform}-${process.arch}: ${reason.trim().replace(/\.$/, '')}. ` +
        'It brings native parts for Linux, macOS, Windows and Android; install it with "npm install tokenizers@0.23.2".',
      { cause },
    );
  }
}
