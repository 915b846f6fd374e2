/** A text, or a pair of texts that is encoded as one sequence. */
export type TokenizerInput = string | readonly [string, string];

export interface EncodeTextOptions {
  /** The longest sequence in tokens, including special ones. Longer texts are truncated (longest first in a pair). */
  readonly maxLength: number;
  /** Whether to add [CLS], [SEP] and the like. */
  readonly addSpecialTokens: boolean;
  /**
   * Whether special tokens inside a text, such as "[MASK]", are plain text. Default: as its files say, otherwise false.
   */
  readonly splitSpecialTokens?: boolean;
}

export interface EncodedText {
  readonly ids: readonly number[];
  /** 1 for the second text of a pair, according to the tokenizer's rules. */
  readonly typeIds: readonly number[];
  /** Whether tokens of the text are missing because it is longer than `maxLength`. */
  readonly isCut?: boolean;
}

/** The interface between an encoder and its tokenizer, native or in a browser. */
export interface Tokenizer {
  /**
   * Encodes texts in their order. A lone surrogate, which is half of a character, becomes U+FFFD. A text that is
   * truncated is read only as far as needed, and never beyond 262,144 characters or 64 characters per token, whichever
   * is more.
   *
   * @throws InputError if an input is not a text
   * @throws OptionError if the special tokens alone exceed the length
   */
  encodeBatch(texts: readonly TokenizerInput[], options: EncodeTextOptions): Promise<EncodedText[]>;
  /** undefined for an id without a token */
  idToToken(id: number): string | undefined;
  /** undefined for a token that is not in the vocabulary */
  tokenToId(token: string): number | undefined;
  /** Number of ids, including added tokens. */
  readonly vocabularySize: number;
  /** 0 if the tokenizer has no padding token. */
  readonly paddingId: number;
  readonly paddingTypeId: number;
  readonly paddingSide: 'left' | 'right';
  /** The id for text that is not in the vocabulary. */
  readonly unknownId: number | undefined;
  /** Ids of special tokens ([CLS], [SEP], [PAD], [MASK], ...). */
  readonly specialIds: ReadonlySet<number>;
  /** The longest input in tokens according to its config; Infinity if the config does not say. */
  readonly modelMaxLength: number;
  /** Names of the inputs that the model takes: input_ids, token_type_ids, attention_mask. */
  readonly modelInputNames: readonly string[];
  /** Whether texts are lower-cased first, which its files do not say. */
  readonly lowerCase: boolean;
  /** The bytes of its files by name, to be written unchanged when a model is saved. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}
