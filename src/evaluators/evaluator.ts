import type { EncodeOptions } from '../encoder/encode-options.js';
import type { Texts } from '../encoder/texts.js';
import type { SimilarityName } from '../features.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';

/** What an evaluator needs of a model. SparseEncoder has it. */
export interface EvaluatedModel {
  readonly similarityFnName: SimilarityName;
  encode(texts: Texts, options?: EncodeOptions): Promise<SparseMatrix>;
  encodeQuery(texts: Texts, options?: EncodeOptions): Promise<SparseMatrix>;
  encodeDocument(texts: Texts, options?: EncodeOptions): Promise<SparseMatrix>;
}

export interface EvaluateOptions {
  /** The folder for CSV files and predictions; it is made if necessary. Default: nothing is written. */
  readonly outputPath?: string | null;
  /** The epoch, for the CSV file. Default: -1, which means outside training. */
  readonly epoch?: number;
  /** The steps done, for the CSV file. Default: -1. */
  readonly steps?: number;
}

/** Measures a model, also during training. Any object with these members is one. */
export interface Evaluator {
  /**
   * The metric that compares models, under the name that `evaluate` gives it. It is null if it depends on the model and
   * no model has been evaluated yet.
   */
  readonly primaryMetric: string | null;
  /** Whether a higher primary metric is better. Default: true. */
  readonly greaterIsBetter?: boolean;
  /** The settings that the model's card names, under the reference's names. */
  getConfigDict?(): Readonly<Record<string, unknown>>;
  evaluate(model: EvaluatedModel, options?: EvaluateOptions): Promise<Readonly<Record<string, number>>>;
}
