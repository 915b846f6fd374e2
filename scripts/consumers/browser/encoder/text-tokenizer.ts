import * as tokenizers from '@huggingface/tokenizers';
import type { EncodedText, EncodeTextOptions, TokenizerInput } from '../../../../src/tokenizer/tokenizer.js';
import { longestFirst } from '../../../../src/tokenizer/truncate-pair.js';
import { type NormalizerJson, preparation } from './prepare-text.js';

/** The parsed tokenizer.json and tokenizer_config.json of a model. */
export interface TokenizerFiles {
  readonly tokenizer: { readonly normalizer: NormalizerJson | null };
  readonly config: { readonly truncation_side?: 'left' | 'right' };
}

type Side = 'left' | 'right';

interface Sequence {
  readonly tokens: readonly string[];
  readonly token_type_ids?: readonly number[];
}

/** The parts of the package in use. Only bundlers can follow its own declarations. */
interface Library {
  readonly Tokenizer: new (tokenizer: object, config: object) => LibraryTokenizer;
}

interface LibraryTokenizer {
  readonly model: { readonly tokens_to_ids: ReadonlyMap<string, number>; readonly unk_token_id?: number };
  readonly post_processor: {
    post_process(tokens: string[], pair: string[] | null, addSpecialTokens: boolean): Sequence;
  } | null;
  tokenize(text: string, options: { add_special_tokens: boolean }): string[];
  id_to_token(id: number): string | undefined;
  get_added_tokens_decoder(): ReadonlyMap<number, { readonly content: string }>;
}

const { Tokenizer } = tokenizers as unknown as Library;

/** Token ids without native code, for browsers: @huggingface/tokenizers plus what it lacks, see `preparation`. */
export class TextTokenizer {
  readonly #tokenizer: LibraryTokenizer;
  readonly #prepare: (text: string) => string;
  readonly #addedIds: ReadonlyMap<string, number>;
  readonly #side: Side;

  constructor({ tokenizer, config }: TokenizerFiles) {
    this.#tokenizer = new Tokenizer(tokenizer, config);
    this.#prepare = preparation(tokenizer.normalizer);
    this.#addedIds = new Map(
      Array.from(this.#tokenizer.get_added_tokens_decoder(), ([id, { content }]) => [content, id]),
    );
    this.#side = config.truncation_side ?? 'right';
  }

  /** At most `maxLength` ids. Texts are cut before special tokens are added; in a pair, the longer one first. */
  encode(input: TokenizerInput, { maxLength, addSpecialTokens }: EncodeTextOptions): EncodedText {
    const [first, second] = typeof input === 'string' ? [input] : input;
    const tokens = this.#tokensOf(first);
    const pair = second === undefined ? null : this.#tokensOf(second);
    const room = maxLength - this.#processed([], pair && [], addSpecialTokens).tokens.length;
    const [length, pairLength] = longestFirst(tokens.length, pair?.length ?? 0, room);
    const whole = this.#processed(
      cut(tokens, length, this.#side),
      pair && cut(pair, pairLength, this.#side),
      addSpecialTokens,
    );
    const ids = whole.tokens.map((token) => this.#idOf(token));
    return { ids, typeIds: whole.token_type_ids ?? ids.map(() => 0) };
  }

  /** undefined for an id without a token */
  idToToken(id: number): string | undefined {
    return this.#tokenizer.id_to_token(id);
  }

  #tokensOf(text: string): string[] {
    return this.#tokenizer.tokenize(this.#prepare(text), { add_special_tokens: false });
  }

  #processed(tokens: string[], pair: string[] | null, addSpecialTokens: boolean): Sequence {
    const processor = this.#tokenizer.post_processor;
    if (processor === null) return { tokens: [...tokens, ...(pair ?? [])] };
    return processor.post_process(tokens, pair, addSpecialTokens);
  }

  #idOf(token: string): number {
    const { tokens_to_ids, unk_token_id = 0 } = this.#tokenizer.model;
    return this.#addedIds.get(token) ?? tokens_to_ids.get(token) ?? unk_token_id;
  }
}

function cut(tokens: string[], length: number, side: Side): string[] {
  return side === 'left' ? tokens.slice(tokens.length - length) : tokens.slice(0, length);
}
