import type { Dataset, Row } from '../datasets/dataset.js';
import type { EncodeOptions } from '../encoder/encode-options.js';
import { InputError, UsageError } from '../errors.js';
import type { SimilarityName } from '../features.js';
import { NO_PROGRESS, openProgress } from '../progress.js';
import { documentScores } from '../sparse/search/document-scores.js';
import type { SparseIndex } from '../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import { type Anchor, type Anchors, readAnchors } from './anchors.js';
import { indexCorpus } from './corpus-index.js';
import { minedRows, type ScoredText } from './mined-rows.js';
import {
  candidateRange,
  type MiningOptions,
  OWNER,
  type ResolvedMiningOptions,
  resolveMiningOptions,
} from './options.js';
import { count, type MiningCounts, noCounts } from './report.js';
import { type Scored, selectNegatives } from './select-negatives.js';

/** What mining needs of a model. SparseEncoder has it. */
export interface MiningModel {
  encodeQuery(texts: readonly string[], options?: EncodeOptions): Promise<SparseMatrix>;
  encodeDocument(texts: readonly string[], options?: EncodeOptions): Promise<SparseMatrix>;
  readonly similarityFnName?: SimilarityName;
}

/** Queries that are encoded and searched together. */
const QUERIES_AT_A_TIME = 256;

/** A mining whose data has been read and whose options are known to fit. */
export class Mining {
  readonly data: Anchors;
  readonly counts: MiningCounts;
  readonly #model: MiningModel;
  readonly #options: ResolvedMiningOptions;
  readonly #rangeMax: number;
  readonly #normalize: boolean;

  private constructor(
    data: Anchors,
    model: MiningModel,
    options: ResolvedMiningOptions,
    counts: MiningCounts | undefined,
  ) {
    this.data = data;
    this.counts = { ...noCounts(), ...counts };
    this.#model = model;
    this.#options = options;
    this.#rangeMax = candidateRange(options, data.mostRows);
    this.#normalize = comparesByCosine(options, model);
  }

  /**
   * Reads the data and checks the options. Nothing is encoded yet.
   *
   * @param counts what an earlier run, which this one resumes, has found
   */
  static async open(
    dataset: Dataset,
    model: MiningModel,
    given: MiningOptions,
    counts?: MiningCounts,
  ): Promise<Mining> {
    const options = resolveMiningOptions(given);
    const names = { anchor: options.anchorColumnName, positive: options.positiveColumnName };
    const data = await readAnchors(dataset, names, options.corpus ?? []);
    return new Mining(data, model, options, counts);
  }

  /** The rows of each query that has not been counted yet, in order. */
  async *rows(): AsyncGenerator<readonly Row[]> {
    const { anchors, corpus } = this.data;
    const index = await this.#withProgress(corpus.length, (progress) =>
      indexCorpus(corpus, {
        encode: (texts, options) => this.#model.encodeDocument(texts, options),
        options: this.#encodeOptions(this.#options.corpusPrompt, this.#options.corpusPromptName),
        cacheFolder: this.#options.cacheFolder,
        progress,
      }),
    );
    const progress = this.#options.showProgressBar ? openProgress(anchors.length) : NO_PROGRESS;
    progress.advance('queries', this.counts.queries);
    try {
      while (this.counts.queries < anchors.length) {
        const first = this.counts.queries;
        const taken = anchors.slice(first, first + QUERIES_AT_A_TIME);
        for (const [row, hits] of (await this.#search(index, taken)).entries()) {
          this.#options.signal?.throwIfAborted();
          yield await this.#mine(taken[row] as Anchor, hits, first + row);
          progress.advance('queries');
        }
      }
    } finally {
      progress.stop();
    }
  }

  async #withProgress<T>(
    total: number,
    work: (progress: ReturnType<typeof openProgress>) => Promise<T>,
  ): Promise<T> {
    const progress = this.#options.showProgressBar ? openProgress(total) : NO_PROGRESS;
    try {
      return await work(progress);
    } finally {
      progress.stop();
    }
  }

  /** The positives of each query with their scores, and its best documents. */
  async #search(
    index: SparseIndex,
    anchors: readonly Anchor[],
  ): Promise<{ readonly positives: readonly Scored[]; readonly best: readonly Scored[] }[]> {
    const { queryPrompt, queryPromptName } = this.#options;
    const queries = await this.#model.encodeQuery(
      anchors.map(({ text }) => text),
      this.#encodeOptions(queryPrompt, queryPromptName),
    );
    return index.search(queries, this.#rangeMax + this.data.mostRows).map(({ documents, scores }, row) => {
      const { positives } = anchors[row] as Anchor;
      const ownScores = documentScores(index, queries, row, positives);
      return {
        positives: positives.map((document, place) => ({ document, score: ownScores[place] as number })),
        best: Array.from(documents, (document, place) => ({ document, score: scores[place] as number })),
      };
    });
  }

  async #mine(
    { text: query, positives: known }: Anchor,
    found: { readonly positives: readonly Scored[]; readonly best: readonly Scored[] },
    number: number,
  ): Promise<readonly Row[]> {
    const { includePositives, outputFormat, numNegatives, seed } = this.#options;
    const places = new Set(known);
    const { positives, candidates } = await this.#rescored(query, {
      positives: found.positives,
      candidates: includePositives ? found.best : found.best.filter(({ document }) => !places.has(document)),
    });
    const lowest = positives.reduce((least, { score }) => Math.min(least, score), Infinity);
    const options = { ...this.#options, rangeMax: this.#rangeMax };
    // The seed depends on the query alone, so a resumed mining finds the same negatives.
    const negatives = selectNegatives(candidates, lowest, options, seed + number, (limit) => {
      this.counts[limit]++;
    });
    const mined = { query, positives: this.#texts(positives), negatives: this.#texts(negatives) };
    const rows = minedRows(outputFormat, mined, { ...this.#options, columns: this.data.columns });
    count(this.counts, mined, rows.length, numNegatives);
    return rows;
  }

  /** The scores of the cross-encoder if there is one. Candidates without a score are left out. */
  async #rescored(
    query: string,
    given: { readonly positives: readonly Scored[]; readonly candidates: readonly Scored[] },
  ): Promise<{ readonly positives: readonly Scored[]; readonly candidates: readonly Scored[] }> {
    const { crossEncoder } = this.#options;
    if (crossEncoder === null) return given;
    const all = [...given.positives, ...given.candidates];
    const scores = await crossEncoder(
      query,
      all.map(({ document }) => this.data.corpus[document] as string),
    );
    if (scores.length !== all.length) {
      throw new InputError(
        `crossEncoder returned ${scores.length} scores for ${all.length} documents; expected one for each`,
      );
    }
    const rescored = all.map(({ document }, place) => ({ document, score: scores[place] ?? NaN }));
    const positives = rescored.slice(0, given.positives.length);
    const unscored = positives.find(({ score }) => Number.isNaN(score));
    if (unscored !== undefined) {
      throw new InputError(
        `there is no score of the query ${JSON.stringify(query)} and its positive ${JSON.stringify(this.data.corpus[unscored.document])}`,
      );
    }
    const candidates = rescored.slice(positives.length).filter(({ score }) => !Number.isNaN(score));
    this.counts.unscored += given.candidates.length - candidates.length;
    return { positives, candidates };
  }

  #texts(scored: readonly Scored[]): ScoredText[] {
    return scored.map(({ document, score }) => ({ text: this.data.corpus[document] as string, score }));
  }

  #encodeOptions(prompt: string | null, promptName: string | null): EncodeOptions {
    const { batchSize, maxActiveDims, signal } = this.#options;
    return {
      batchSize,
      normalize: this.#normalize,
      ...(prompt !== null && { prompt }),
      ...(prompt === null && promptName !== null && { promptName }),
      ...(maxActiveDims !== null && { maxActiveDims }),
      ...(signal !== null && { signal }),
    };
  }
}

/** @throws UsageError for a model that compares in a way that an index of products cannot search by */
function comparesByCosine(
  { similarityFnName }: ResolvedMiningOptions,
  model: Pick<MiningModel, 'similarityFnName'>,
): boolean {
  const name = similarityFnName ?? model.similarityFnName ?? 'dot';
  if (name === 'dot' || name === 'cosine') return name === 'cosine';
  throw new UsageError(
    `${OWNER}: the model compares by ${name}, and the exact search by dot product or cosine; name one of them as similarityFnName`,
  );
}
