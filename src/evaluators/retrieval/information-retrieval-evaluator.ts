import { isObject, objectWith } from '../../arguments.js';
import { type MeasureName, RANKING_MEASURES } from '../../evaluation/measures.js';
import { SIMILARITY_NAMES, type SimilarityName } from '../../features.js';
import {
  aText,
  countFrom,
  flag,
  nullable,
  oneOf,
  type OptionRule,
  type OptionRules,
  resolveOptions,
} from '../../options.js';
import type { SearchHits } from '../../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import type { EvaluatedModel, EvaluateOptions } from '../evaluator.js';
import {
  commonRules,
  EVALUATE_RULES,
  type EvaluatorOptions,
  type Measured,
  type Measurement,
  SparseEvaluator,
} from '../sparse-evaluator.js';
import type { Activations } from './activations.js';
import { idRanks } from './id-ranks.js';
import { writePredictions } from './predictions.js';
import {
  IDS_BY_ID,
  retrievalData,
  type RetrievalData,
  type RetrievalTexts,
  TEXTS_BY_ID,
} from './retrieval-data.js';
import { type Prompts, retrieve, type Retrieved } from './retrieve.js';

/** The numbers of documents that measures count, and the similarity functions. */
export interface RetrievalMeasureOptions {
  /** Documents that are searched at once. Fewer are if their embeddings take more than 64 MiB. Default: 50000. */
  readonly corpusChunkSize?: number;
  readonly mrrAtK?: readonly number[];
  readonly ndcgAtK?: readonly number[];
  readonly accuracyAtK?: readonly number[];
  readonly precisionRecallAtK?: readonly number[];
  readonly mapAtK?: readonly number[];
  /** The similarity functions to search by. Default: the model's `similarityFnName`. */
  readonly scoreFunctions?: readonly SimilarityName[] | null;
  /** The function whose nDCG compares models. Default: the one with the best nDCG in the first evaluation. */
  readonly mainScoreFunction?: SimilarityName | null;
  /** Whether to write what was found for each query to a JSONL file in `outputPath`. Default: false. */
  readonly writePredictions?: boolean;
}

export interface InformationRetrievalOptions
  extends EvaluatorOptions, RetrievalTexts, RetrievalMeasureOptions, Partial<Prompts> {}

export interface RetrievalEvaluateOptions extends EvaluateOptions {
  /** Encodes the documents. Default: the evaluated model. */
  readonly corpusModel?: EvaluatedModel | null;
  /** Embeddings of the corpus in its order, as one matrix or as an iterable of matrices. Default: they are computed. */
  readonly corpusEmbeddings?: SparseMatrix | AsyncIterable<SparseMatrix> | Iterable<SparseMatrix> | null;
}

const counts = (fallback: readonly number[]): OptionRule<readonly number[]> => ({
  default: fallback,
  expects: 'a list of whole numbers of at least 1, one at least',
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((k) => Number.isSafeInteger(k) && (k as number) > 0),
});

const similarities: OptionRule<readonly SimilarityName[]> = {
  expects: `a list of ${SIMILARITY_NAMES.map((name) => `"${name}"`).join(', ')}, one at least`,
  accepts: (value) =>
    Array.isArray(value) &&
    value.length > 0 &&
    value.every((each) => SIMILARITY_NAMES.some((name) => name === each)),
};

export const MEASURE_RULES: OptionRules<Required<RetrievalMeasureOptions>> = {
  corpusChunkSize: countFrom(1, 50_000),
  mrrAtK: counts([10]),
  ndcgAtK: counts([10]),
  accuracyAtK: counts([1, 3, 5, 10]),
  precisionRecallAtK: counts([1, 3, 5, 10]),
  mapAtK: counts([100]),
  scoreFunctions: nullable(similarities),
  mainScoreFunction: nullable(oneOf(SIMILARITY_NAMES)),
  writePredictions: flag(false),
};

const RULES: OptionRules<Required<InformationRetrievalOptions>> = {
  ...commonRules(32),
  ...MEASURE_RULES,
  queries: TEXTS_BY_ID,
  corpus: TEXTS_BY_ID,
  relevantDocs: IDS_BY_ID,
  queryPrompt: nullable(aText),
  queryPromptName: nullable(aText),
  corpusPrompt: nullable(aText),
  corpusPromptName: nullable(aText),
};

const CALL_RULES: OptionRules<Required<RetrievalEvaluateOptions>> = {
  ...EVALUATE_RULES,
  corpusModel: nullable(
    objectWith(['encodeDocument'], 'a model with encodeDocument') as OptionRule<EvaluatedModel>,
  ),
  corpusEmbeddings: nullable({
    expects: 'a SparseMatrix, or an iterable of them',
    accepts: (value) =>
      isObject(value) && ('indptr' in value || Symbol.iterator in value || Symbol.asyncIterator in value),
  }),
};

/** What was measured, with the counts of active dimensions that an evaluator of several tasks adds up. */
interface MeasuredRetrieval extends Measured {
  readonly activations: { readonly queries: Activations; readonly corpus: Activations };
}

const NAME = 'SparseInformationRetrievalEvaluator';

/**
 * Searches a corpus for queries, exactly, and measures how well the relevant documents are found: accuracy, precision,
 * recall, MRR, nDCG and MAP, with the sparsity of queries and documents and the expected multiplications of a
 * comparison. Relevance is 0 or 1, and of equal scores the document with the lower id comes first. Queries without
 * relevant documents are left out.
 *
 * The corpus is encoded and searched in chunks, so memory does not grow with it, except for the texts themselves.
 *
 * @example
 * const evaluator = new SparseInformationRetrievalEvaluator({
 *   queries: { q1: 'a blade' },
 *   corpus: { d1: 'the handle of a sword', d2: 'a cloud' },
 *   relevantDocs: { q1: ['d1'] },
 * });
 * const metrics = await evaluator.evaluate(model);
 * console.log(metrics[evaluator.primaryMetric]); // dot_ndcg@10
 */
export class SparseInformationRetrievalEvaluator extends SparseEvaluator<
  RetrievalEvaluateOptions,
  MeasuredRetrieval
> {
  readonly #options: Required<InformationRetrievalOptions>;
  readonly #data: RetrievalData;
  #ranks: Uint32Array | undefined;
  /** The best of several functions in the first evaluation goes on to compare models. */
  #main: SimilarityName | undefined;
  #queryScores: ReadonlyMap<string, Float64Array> = new Map();

  /**
   * @throws OptionError if an option is unknown, missing or of the wrong type
   * @throws InputError if no query has a relevant document, or the corpus is empty
   */
  constructor(options: InformationRetrievalOptions) {
    const resolved = resolveOptions(NAME, RULES, options);
    super(NAME, resolved, CALL_RULES);
    this.#options = resolved;
    this.#data = retrievalData(this.name === '' ? NAME : this.name, resolved);
  }

  /** The ids of the queries that have relevant documents, in the order of `queryScores`. */
  get queryIds(): readonly string[] {
    return this.#data.queryIds;
  }

  /** How many documents the corpus has. */
  get corpusSize(): number {
    return this.#data.corpusIds.length;
  }

  /**
   * Each measure of the last evaluation for every query, under the name that the metric has without the evaluator's
   * name: the metric is their mean.
   */
  get queryScores(): ReadonlyMap<string, Float64Array> {
    return this.#queryScores;
  }

  protected override async measure(
    model: EvaluatedModel,
    options: Required<RetrievalEvaluateOptions>,
  ): Promise<MeasuredRetrieval> {
    const functions = (this.#options.scoreFunctions ?? [model.similarityFnName]).toSorted();
    this.#ranks ??= idRanks(this.#data.corpusIds);
    const retrieved = await retrieve(this.#data, this.#ranks, {
      model,
      functions,
      k: this.#mostFound,
      chunk: this.#options.corpusChunkSize,
      prompts: this.#options,
      encoding: this.encodeOptions,
      corpusModel: options.corpusModel ?? model,
      corpusEmbeddings: options.corpusEmbeddings,
    });
    if (this.#options.writePredictions && options.outputPath !== null) {
      await writePredictions(options.outputPath, this.#predictionsFile, this.#data, retrieved.rankings);
    }
    return this.#measured(retrieved);
  }

  protected override get settings(): Record<string, unknown> {
    const { queryPrompt, queryPromptName, corpusPrompt, corpusPromptName } = this.#options;
    return Object.fromEntries(
      Object.entries({
        query_prompt: queryPrompt,
        query_prompt_name: queryPromptName,
        corpus_prompt: corpusPrompt,
        corpus_prompt_name: corpusPromptName,
      }).filter(([, value]) => value !== null),
    );
  }

  get #mostFound(): number {
    const { mrrAtK, ndcgAtK, accuracyAtK, precisionRecallAtK, mapAtK } = this.#options;
    return Math.max(...mrrAtK, ...ndcgAtK, ...accuracyAtK, ...precisionRecallAtK, ...mapAtK);
  }

  get #predictionsFile(): string {
    return this.csvFile.replace(/results\.csv$/, 'predictions');
  }

  #measured({ rankings, queries, corpus }: Retrieved): MeasuredRetrieval {
    const queryScores = new Map<string, Float64Array>();
    const measurements: Measurement[] = [];
    for (const [f, found] of rankings) {
      for (const [measure, k] of this.#measures) {
        const scores = this.#scoresOf(found, measure, k);
        queryScores.set(`${f}_${measure}@${k}`, scores);
        measurements.push({ key: `{f}_${measure}@{k}`, f, k, value: meanOf(scores) });
      }
    }
    this.#queryScores = queryScores;
    const k = Math.max(...this.#options.ndcgAtK);
    const primary = { key: '{f}_ndcg@{k}', f: this.#mainOf(measurements, [...rankings.keys()], k), k };
    const avgFlops = { key: 'avg_flops', value: queries.flopsWith(corpus) };
    const sparsity = [
      ...this.sparsityOf('query_', queries.sparsity),
      ...this.sparsityOf('corpus_', corpus.sparsity),
      avgFlops,
    ];
    return { measurements: [...measurements, ...sparsity], primary, activations: { queries, corpus } };
  }

  /** The measures in the order of the columns. */
  get #measures(): (readonly [MeasureName, number])[] {
    const { mrrAtK, ndcgAtK, accuracyAtK, precisionRecallAtK, mapAtK } = this.#options;
    const all = (measure: MeasureName, ks: readonly number[]): (readonly [MeasureName, number])[] =>
      ks.map((k) => [measure, k]);
    return [
      ...all('accuracy', accuracyAtK),
      ...precisionRecallAtK.flatMap((k) => [...all('precision', [k]), ...all('recall', [k])]),
      ...all('mrr', mrrAtK),
      ...all('ndcg', ndcgAtK),
      ...all('map', mapAtK),
    ];
  }

  #scoresOf(found: readonly SearchHits[], measure: MeasureName, k: number): Float64Array {
    return Float64Array.from(found, ({ documents }, query) =>
      RANKING_MEASURES[measure](documents, this.#data.relevant[query] as ReadonlySet<number>, k),
    );
  }

  #mainOf(
    measurements: readonly Measurement[],
    functions: readonly SimilarityName[],
    k: number,
  ): SimilarityName {
    const { mainScoreFunction } = this.#options;
    if (mainScoreFunction !== null) return mainScoreFunction;
    if (this.#main !== undefined && functions.includes(this.#main)) return this.#main;
    const ndcgOf = (f: SimilarityName): number =>
      measurements.find((each) => each.f === f && each.k === k && each.key === '{f}_ndcg@{k}')?.value ?? 0;
    return (this.#main = functions.reduce((best, f) => (ndcgOf(f) > ndcgOf(best) ? f : best)));
  }
}

const meanOf = (scores: Float64Array): number =>
  scores.reduce((sum, score) => sum + score, 0) / scores.length;
