import { isObject } from '../../arguments.js';
import { counted } from '../../counted.js';
import { InputError } from '../../errors.js';
import { SIMILARITY_NAMES, type SimilarityName } from '../../features.js';
import { areStrings, countFrom, flag, oneOf, type OptionRules, resolveOptions } from '../../options.js';
import { sliceRows } from '../../sparse/select-rows.js';
import { sparseSimilarity } from '../../sparse/similarity.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { type Sparsity, sparsity } from '../../sparse/sparsity.js';
import { warn } from '../../warnings.js';
import type { EvaluatedModel } from '../evaluator.js';
import { commonRules, type EvaluatorOptions, type Measured, SparseEvaluator } from '../sparse-evaluator.js';
import { meanScores, type RankedScores, rankedScores } from './ranked-relevance.js';

/** A query with relevant and other documents. */
export interface RerankingSample {
  readonly query: string;
  readonly positive: string | readonly string[];
  readonly negative: string | readonly string[];
}

export interface RerankingOptions extends EvaluatorOptions {
  readonly samples: readonly RerankingSample[];
  /** How many of the first documents count for MRR and nDCG. Default: 10. */
  readonly atK?: number;
  /** Default: cosine. */
  readonly similarityFct?: SimilarityName;
  /** Whether to encode all queries and all documents at once, or sample by sample. Default: true. */
  readonly useBatchedEncoding?: boolean;
}

const NAME = 'SparseRerankingEvaluator';

const isDocuments = (value: unknown): boolean => typeof value === 'string' || areStrings(value);
const isSample = (value: unknown): boolean => {
  const { query, positive, negative } = (isObject(value) ? value : {}) as Readonly<Record<string, unknown>>;
  return typeof query === 'string' && isDocuments(positive) && isDocuments(negative);
};

const RULES: OptionRules<Required<RerankingOptions>> = {
  ...commonRules(64),
  samples: {
    expects: 'a list of { query, positive, negative }, a text and texts or lists of texts',
    accepts: (value) => Array.isArray(value) && Array.from(value).every(isSample),
  },
  atK: countFrom(1, 10),
  similarityFct: oneOf(SIMILARITY_NAMES, 'cosine'),
  useBatchedEncoding: flag(true),
};

/** A sample whose documents are lists, the relevant ones first. */
interface Sample {
  readonly query: string;
  readonly documents: readonly string[];
  readonly relevance: readonly number[];
}

interface Scored {
  readonly scores: readonly RankedScores[];
  readonly query: Sparsity;
  readonly corpus: Sparsity;
}

/**
 * Ranks the documents of each query, relevant ones and others, and measures MAP, MRR and nDCG of the rankings. Samples
 * without a relevant or without another document are left out.
 */
export class SparseRerankingEvaluator extends SparseEvaluator {
  readonly #samples: readonly Sample[];
  readonly #options: Required<RerankingOptions>;

  /**
   * @throws OptionError if an option is unknown, missing or of the wrong type
   * @throws InputError if no sample has both kinds of documents
   */
  constructor(options: RerankingOptions) {
    const resolved = resolveOptions(NAME, RULES, options);
    super(NAME, resolved);
    this.#options = resolved;
    this.#samples = resolved.samples.flatMap(({ query, positive, negative }) => {
      const [relevant, others] = [[positive].flat(), [negative].flat()];
      if (relevant.length === 0 || others.length === 0) return [];
      return [
        {
          query,
          documents: [...relevant, ...others],
          relevance: [...relevant.map(() => 1), ...others.map(() => 0)],
        },
      ];
    });
    const [given, kept] = [resolved.samples.length, this.#samples.length];
    if (kept === 0) {
      throw new InputError(
        `${NAME}: none of ${counted(given, 'sample')} has a positive and a negative document`,
      );
    }
    if (kept < given) {
      warn(
        `${NAME}: ${given - kept} of ${counted(given, 'sample')} without a positive or a negative document left out`,
      );
    }
  }

  override get csvFile(): string {
    return super.csvFile.replace('{k}', String(this.#options.atK));
  }

  protected override get settings(): Record<string, unknown> {
    return { at_k: this.#options.atK };
  }

  protected override async measure(model: EvaluatedModel): Promise<Measured> {
    const { atK: k, useBatchedEncoding } = this.#options;
    const scored = useBatchedEncoding
      ? await this.#score(model, this.#samples)
      : await this.#scoreEach(model);
    const { map, mrr, ndcg } = meanScores(scored.scores);
    return {
      measurements: [
        { key: 'map', value: map },
        { key: 'mrr@{k}', k, value: mrr },
        { key: 'ndcg@{k}', k, value: ndcg },
        ...this.sparsityOf('query_', scored.query),
        ...this.sparsityOf('corpus_', scored.corpus),
      ],
      primary: { key: 'ndcg@{k}', k },
    };
  }

  async #score(
    model: EvaluatedModel,
    samples: readonly Sample[],
    options = this.encodeOptions,
  ): Promise<Scored> {
    const queries = await model.encodeQuery(
      samples.map(({ query }) => query),
      options,
    );
    const documents = await model.encodeDocument(
      samples.flatMap((sample) => sample.documents),
      options,
    );
    let first = 0;
    const scores = samples.map(({ relevance }, query) => {
      const own = sliceRows(documents, first, (first += relevance.length));
      return this.#rank(sliceRows(queries, query, query + 1), own, relevance);
    });
    return { scores, query: sparsity(queries), corpus: sparsity(documents) };
  }

  /** Sample by sample. The sparsity is the mean over samples, as in the reference. */
  async #scoreEach(model: EvaluatedModel): Promise<Scored> {
    const all: Scored[] = [];
    for (const sample of this.#samples) {
      all.push(await this.#score(model, [sample], { ...this.encodeOptions, showProgressBar: false }));
    }
    return {
      scores: all.flatMap(({ scores }) => scores),
      query: meanSparsity(all.map(({ query }) => query)),
      corpus: meanSparsity(all.map(({ corpus }) => corpus)),
    };
  }

  #rank(query: SparseMatrix, documents: SparseMatrix, relevance: readonly number[]): RankedScores {
    const { similarityFct, atK } = this.#options;
    return rankedScores(sparseSimilarity(similarityFct, query, documents), relevance, atK);
  }
}

function meanSparsity(all: readonly Sparsity[]): Sparsity {
  const mean = (of: (each: Sparsity) => number): number =>
    all.reduce((sum, each) => sum + of(each), 0) / all.length;
  return { activeDims: mean((each) => each.activeDims), sparsityRatio: mean((each) => each.sparsityRatio) };
}
