import type { TextId } from '../../data/text-id.js';
import type { Tokenizer } from '../../tokenizer/tokenizer.js';
import type { SparseRow } from '../row.js';

/** The embedding of one text, and what a format may write with it. */
export interface PayloadRow extends SparseRow {
  /** Number of dimensions of the embedding. */
  readonly columns: number;
  /** The caller's name for the text. Default: its number, from 0. */
  readonly id: TextId;
  /** The text itself, for formats that store it. */
  readonly content?: string;
}

/** The part of a tokenizer that names the dimensions of an embedding uniquely. */
export type PayloadTokenizer = Pick<Tokenizer, 'idToToken' | 'tokenToId'>;

/** How a search engine accepts a sparse embedding. */
export interface PayloadFormat {
  /** The engine and its field type. */
  readonly title: string;
  readonly extension: 'jsonl' | 'txt';
  /** Whether dimensions are written as tokens. The format then needs a tokenizer. */
  readonly tokens: boolean;
  /** Whether weights below 0 are written or refused. */
  readonly negativeWeights: 'written' | 'refused';
  /** The output for an embedding without active dimensions, and how the engine treats it. */
  readonly emptyVector: string;
  /** Other demands or losses of the engine. */
  readonly notes?: string;
  /**
   * One embedding as one line, without a line end.
   *
   * @throws InputError if the engine would refuse the embedding
   */
  write(row: PayloadRow, tokenizer: PayloadTokenizer | undefined): string;
}
