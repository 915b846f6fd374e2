import type { ExportFormat, Precision } from '../../src/export/formats.js';
import type { AfterLogits } from './browser/encoder/embedding.js';

/** A graph of an exported folder, with everything needed to run it on texts. */
export interface ExportedGraph extends AfterLogits {
  readonly folder: string;
  /** Within the folder. */
  readonly file: string;
  /** Which graph, if a model has one for queries and another for documents. */
  readonly task?: 'query' | 'document';
  readonly format: ExportFormat;
  readonly precision: Precision;
  readonly inputNames: readonly string[];
  /** The folder of its tokenizer.json within the exported folder: '' for the folder itself, otherwise ending with /. */
  readonly tokenizer: string;
  readonly addSpecialTokens: boolean;
  /** The longest text in tokens, including special ones. */
  readonly maxLength: number;
  readonly paddingToken: string;
  /** Whether a dimension is a token of the vocabulary. */
  readonly hasTokens: boolean;
}
