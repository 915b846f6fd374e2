/**
 * A metric: its key in the result, its column in the CSV file (null: it has none), and what it is. `{f}` is the name of
 * a similarity function, `{k}` a number of documents.
 */
export type MetricRow = readonly [key: string, column: string | null, meaning: string];

export interface EvaluatorMetrics {
  /** The CSV file; `{name}` is `_` and the evaluator's name, or nothing without a name. */
  readonly file: string;
  /** The key of the primary metric. */
  readonly primary: string;
  readonly metrics: readonly MetricRow[];
}

/** The rows for the sparsity of some of the texts. */
const sparsityOf = (prefix: string, texts: string): readonly MetricRow[] => [
  [`${prefix}active_dims`, `${prefix}active_dims`, `mean number of active dimensions of ${texts}`],
  [`${prefix}sparsity_ratio`, `${prefix}sparsity_ratio`, `share of zeros in the embeddings of ${texts}`],
];

/**
 * The metrics of every evaluator, with the names that the reference gives them. The evaluators take keys and columns
 * from this table, and the documentation is generated from it. The name of an evaluator and `_` go before each key.
 */
export const EVALUATOR_METRICS = {
  SparseInformationRetrievalEvaluator: {
    file: 'Information-Retrieval_evaluation{name}_results.csv',
    primary: '{f}_ndcg@{k}',
    metrics: [
      ['{f}_accuracy@{k}', '{f}-Accuracy@{k}', 'share of queries with a relevant document among the first k'],
      ['{f}_precision@{k}', '{f}-Precision@{k}', 'relevant documents among the first k, divided by k'],
      ['{f}_recall@{k}', '{f}-Recall@{k}', 'share of the relevant documents that are among the first k'],
      ['{f}_mrr@{k}', '{f}-MRR@{k}', '1 / rank of the first relevant document, 0 beyond rank k'],
      ['{f}_ndcg@{k}', '{f}-NDCG@{k}', 'nDCG of the first k, with relevance 0 or 1'],
      [
        '{f}_map@{k}',
        '{f}-MAP@{k}',
        'sum of the precisions at relevant ranks up to k, divided by the smaller of k and the number of relevant documents',
      ],
      ...sparsityOf('query_', 'queries'),
      ...sparsityOf('corpus_', 'documents'),
      ['avg_flops', 'avg_flops', 'expected multiplications for a query and a document'],
    ],
  },
} as const satisfies Readonly<Record<string, EvaluatorMetrics>>;

export type EvaluatorName = keyof typeof EVALUATOR_METRICS;

/** The parts of a key that depend on the evaluation. */
export interface KeyParts {
  readonly f?: string;
  readonly k?: number;
}

/** A key or column with its placeholders filled in. */
export const filledIn = (template: string, { f = '', k }: KeyParts): string =>
  template.replaceAll('{f}', f).replaceAll('{k}', String(k ?? ''));
