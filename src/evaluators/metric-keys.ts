/**
 * A metric: its key in the result, its column in the CSV file (null: it has none), and what it is. `{f}` is the name of
 * a similarity function, `{k}` a number of documents.
 */
export type MetricRow = readonly [key: string, column: string | null, meaning: string];

export interface EvaluatorMetrics {
  /** The CSV file; `{name}` is `_` and the evaluator's name, or nothing without a name; `{k}` as in keys. */
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

/** Measures of binary classification, in the order of the columns. */
const BINARY = [
  ['accuracy', 'the best share of right labels that a threshold reaches'],
  ['accuracy_threshold', 'the threshold of the best accuracy'],
  ['f1', 'the best F1 that a threshold reaches'],
  ['precision', 'precision at the best F1'],
  ['recall', 'recall at the best F1'],
  ['f1_threshold', 'the threshold of the best F1'],
  ['ap', 'average precision'],
  ['mcc', "Matthews' correlation at the threshold of the best F1"],
] as const;

/** The rows for the measures of a ranking. */
const rankedBy = (prefix: string, column: string, what: string): readonly MetricRow[] => [
  [`${prefix}map`, `${column}MAP`, `mean average precision of ${what}`],
  [
    `${prefix}mrr@{k}`,
    `${column}MRR@{k}`,
    `1 / rank of the first relevant document of ${what}, 0 beyond rank k`,
  ],
  [`${prefix}ndcg@{k}`, `${column}NDCG@{k}`, `nDCG of the first k documents of ${what}`],
];

const RETRIEVAL: readonly MetricRow[] = [
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
];

/**
 * The metrics of every evaluator, with the names that the reference gives them. The evaluators take keys and columns
 * from this table, and the documentation is generated from it. The name of an evaluator and `_` go before each key.
 */
export const EVALUATOR_METRICS = {
  SparseInformationRetrievalEvaluator: {
    file: 'Information-Retrieval_evaluation{name}_results.csv',
    primary: '{f}_ndcg@{k}',
    metrics: RETRIEVAL,
  },
  SparseNanoBEIREvaluator: {
    file: 'NanoBEIR_evaluation_{name}_results.csv',
    primary: '{f}_ndcg@{k}',
    metrics: RETRIEVAL,
  },
  SparseRerankingEvaluator: {
    file: 'RerankingEvaluator{name}_results_@{k}.csv',
    primary: 'ndcg@{k}',
    metrics: [
      ...rankedBy('', '', "a query's documents"),
      ...sparsityOf('query_', 'queries'),
      ...sparsityOf('corpus_', 'documents'),
    ],
  },
  ReciprocalRankFusionEvaluator: {
    file: 'ReciprocalRankFusion_evaluation{name}_results.csv',
    primary: 'ndcg@{k}',
    metrics: [
      ...rankedBy('dense_', 'Dense_', 'the other search'),
      ...rankedBy('sparse_', 'Sparse_', 'the sparse search'),
      ...rankedBy('', 'Fusion_', 'the fusion'),
    ],
  },
  SparseTripletEvaluator: {
    file: 'triplet_evaluation{name}_results.csv',
    primary: '{f}_accuracy',
    metrics: [
      ['{f}_accuracy', 'accuracy_{f}', 'share of triplets whose positive is the more similar, by the margin'],
      ['max_accuracy', null, 'the best accuracy of several functions, then the primary metric'],
      ...sparsityOf('anchor_', 'anchors'),
      ...sparsityOf('positive_', 'positives'),
      ...sparsityOf('negative_', 'negatives'),
    ],
  },
  SparseEmbeddingSimilarityEvaluator: {
    file: 'similarity_evaluation{name}_results.csv',
    primary: 'spearman_{f}',
    metrics: [
      ['pearson_{f}', '{f}_pearson', "Pearson's correlation of similarities and scores"],
      ['spearman_{f}', '{f}_spearman', "Spearman's correlation of similarities and scores"],
      ['pearson_max', null, "the best of several functions' correlations"],
      ['spearman_max', null, "the best of several functions' correlations, then the primary metric"],
      ...sparsityOf('', 'both columns'),
    ],
  },
  SparseBinaryClassificationEvaluator: {
    file: 'binary_classification_evaluation{name}_results.csv',
    primary: '{f}_ap',
    metrics: [
      ...BINARY.map(([measure, meaning]): MetricRow => [`{f}_${measure}`, `{f}_${measure}`, meaning]),
      ...BINARY.map(([measure]): MetricRow => [
        `max_${measure}`,
        null,
        `the largest ${measure} of several functions${measure === 'ap' ? ', then the primary metric' : ''}`,
      ]),
      ...sparsityOf('', 'all different sentences'),
    ],
  },
  SparseMSEEvaluator: {
    file: 'mse_evaluation_{name}_results.csv',
    primary: 'negative_mse',
    metrics: [
      [
        'negative_mse',
        'MSE',
        "-100 times the mean squared difference from the teacher's embeddings (100 times in the file)",
      ],
      ...sparsityOf('', 'the target sentences'),
    ],
  },
  SparseTranslationEvaluator: {
    file: 'translation_evaluation{name}_results.csv',
    primary: 'mean_accuracy',
    metrics: [
      ['src2trg_accuracy', 'src2trg', 'share of sources whose most similar target has the right text'],
      ['trg2src_accuracy', 'trg2src', 'share of targets whose most similar source has the right text'],
      ['mean_accuracy', null, 'the mean of both'],
      ...sparsityOf('', 'both columns'),
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
