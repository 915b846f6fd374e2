/** A text, or a pair of texts that is encoded as one sequence. */
export type TokenizerInput = string | readonly [string, string];

export interface EncodeTextOptions {
  /** Longest sequence in tokens, special ones included; longer texts are cut (longest first in a pair). */
  readonly maxLength: number;
  /** Whether [CLS], [SEP] and their like are added. */
  readonly addSpecialTokens: boolean;
  /** Whether special tokens that a text holds, such as "[MASK]", are plain text. Default: as its files say, else false. */
  readonly splitSpecialTokens?: boolean;
}

export interface EncodedText {
  readonly ids: readonly number[];
  /** 1 for the second text of a pair, by the tokenizer's rules. */
  readonly typeIds: readonly number[];
  /** Whether tokens of the text are missing, since it is longer than `maxLength`. */
  readonly isCut?: boolean;
}

/** What an encoder needs of a tokenizer; the native one and a browser's fit it. */
export interface Tokenizer {
  /**
   * In the order of the texts. A lone surrogate, which is half of a character, is taken for U+FFFD. Of a text that is cut
   * to a number of tokens no more is read than decides, and at most 262,144 characters, or 64 for each token if that is
   * more.
   *
   * @throws InputError for what is not a text
   * @throws OptionError for a length that the special tokens alone exceed
   */
  encodeBatch(texts: readonly TokenizerInput[], options: EncodeTextOptions): Promise<EncodedText[]>;
  /** undefined for an id without a token */
  idToToken(id: number): string | undefined;
  /** undefined for a token that is not in the vocabulary */
  tokenToId(token: string): number | undefined;
  /** Number of ids, added tokens included. */
  readonly vocabularySize: number;
  /** 0 where the tokenizer has no padding token. */
  readonly paddingId: number;
  readonly paddingTypeId: number;
  readonly paddingSide: 'left' | 'right';
  /** Id that stands for what is not in the vocabulary. */
  readonly unknownId: number | undefined;
  /** Ids of special tokens ([CLS], [SEP], [PAD], [MASK], ...). */
  readonly specialIds: ReadonlySet<number>;
  /** Longest input in tokens, as its config says; Infinity where it says nothing. */
  readonly modelMaxLength: number;
  /** Names of the inputs that the model takes of it: input_ids, token_type_ids, attention_mask. */
  readonly modelInputNames: readonly string[];
  /** Whether texts are made lower-case before anything else, which its files do not say. */
  readonly lowerCase: boolean;
  /** The bytes of the files that it was made of, by name, to be written as they are where a model is saved. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}
