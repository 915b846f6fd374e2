import type { ExportFormat, Precision } from '../../src/export/formats.js';
import type { AfterLogits } from './browser/encoder/embedding.js';

/** A graph of an exported folder, with what is needed to run it on texts. */
export interface ExportedGraph extends AfterLogits {
  readonly folder: string;
  /** Within the folder. */
  readonly file: string;
  /** Which graph, where a model has one for queries and another for documents. */
  readonly task?: 'query' | 'document';
  readonly format: ExportFormat;
  readonly precision: Precision;
  readonly inputNames: readonly string[];
  /** Where its tokenizer.json is, within the folder: '' for the folder itself, else it ends with /. */
  readonly tokenizer: string;
  readonly addSpecialTokens: boolean;
  /** Longest text in tokens, special ones included. */
  readonly maxLength: number;
  readonly paddingToken: string;
  /** Whether a dimension is a token of the vocabulary. */
  readonly hasTokens: boolean;
}
