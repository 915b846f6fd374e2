import type { TextId } from '../../data/text-id.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import type { SparseRow } from '../row.js';

/** What is written of one text. */
export interface PayloadRow extends SparseRow {
  /** Number of dimensions of the embedding. */
  readonly columns: number;
  /** The caller's name for the text; without one its number, from 0. */
  readonly id: TextId;
  /** The text itself, for the formats that store it. */
  readonly content?: string;
}

/** What naming the dimensions of an embedding without collisions needs of a tokenizer. */
export type PayloadTokenizer = Pick<Tokenizer, 'idToToken' | 'tokenToId'>;

/** How a search engine takes a sparse embedding. */
export interface PayloadFormat {
  /** The engine, and its field type. */
  readonly title: string;
  readonly extension: 'jsonl' | 'txt';
  /** Whether dimensions are written as tokens: the format then needs a tokenizer. */
  readonly tokens: boolean;
  /** What becomes of weights below 0. */
  readonly negativeWeights: 'written' | 'refused';
  /** What is written for an embedding without active dimensions, and what the engine makes of it. */
  readonly emptyVector: string;
  /** What else the engine demands or loses. */
  readonly notes?: string;
  /**
   * One embedding as one line without its end.
   *
   * @throws InputError for what the engine does not take
   */
  write(row: PayloadRow, tokenizer: PayloadTokenizer | undefined): string;
}
