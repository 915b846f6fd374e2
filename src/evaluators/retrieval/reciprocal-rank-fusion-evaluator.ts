import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { InputError, OptionError } from '../../errors.js';
import { writeTextWhole } from '../../files/write-file.js';
import { countFrom, flag, nullable, type OptionRules, resolveOptions, strings } from '../../options.js';
import type { EvaluatedModel, EvaluateOptions } from '../evaluator.js';
import {
  commonRules,
  type EvaluatorOptions,
  type Measured,
  type Measurement,
  SparseEvaluator,
} from '../sparse-evaluator.js';
import { checkSameQueries, fused, type FusionSample, SAMPLES } from './fusion-samples.js';
import { meanScores, NOTHING_FOUND, type RankedScores, rankedScores } from './ranked-relevance.js';
import { retrieve } from './retrieve.js';

export interface ReciprocalRankFusionOptions extends EvaluatorOptions {
  /** What another search has found for each query, for instance BM25 or a dense encoder. */
  readonly denseSamples: readonly FusionSample[];
  /** What a sparse search has found for the same queries. Give either this or `corpus`. */
  readonly sparseSamples?: readonly FusionSample[] | null;
  /** Documents that the evaluated model searches for the queries of `denseSamples`. */
  readonly corpus?: readonly string[] | null;
  /** How many documents the model finds in `corpus`. Default: 100. */
  readonly topK?: number;
  /** How many of the first documents count for MRR and nDCG. Default: 10. */
  readonly atK?: number;
  /** The constant of the fusion. Default: 60. */
  readonly rrfK?: number;
  /** Whether to write the fused rankings to a JSONL file in `outputPath`. Default: false. */
  readonly writePredictions?: boolean;
}

const NAME = 'ReciprocalRankFusionEvaluator';

const RULES: OptionRules<Required<ReciprocalRankFusionOptions>> = {
  ...commonRules(32),
  denseSamples: SAMPLES,
  sparseSamples: nullable(SAMPLES),
  corpus: nullable(strings()),
  topK: countFrom(1, 100),
  atK: countFrom(1, 10),
  rrfK: countFrom(0, 60),
  writePredictions: flag(false),
};

/** The rankings of a query. */
interface Fusion {
  readonly dense: FusionSample;
  readonly sparse: readonly string[];
  readonly both: readonly string[];
}

/**
 * Fuses the ranking of another search with that of a sparse one by reciprocal ranks, and measures all three: MAP, and
 * MRR and nDCG of the first documents. The sparse rankings are given, or the evaluated model makes them from a corpus, so
 * that the evaluator also works during training.
 *
 * Relevant documents that a ranking lacks count at its end, as in the reference, unless it has none of them: then all
 * its measures are 0.
 */
export class ReciprocalRankFusionEvaluator extends SparseEvaluator {
  readonly #options: Required<ReciprocalRankFusionOptions>;

  /**
   * @throws OptionError if an option is unknown, missing or of the wrong type
   * @throws InputError if the samples are not about the same queries
   */
  constructor(options: ReciprocalRankFusionOptions) {
    const resolved = resolveOptions(NAME, RULES, options);
    super(NAME, resolved);
    const { denseSamples, sparseSamples, corpus } = resolved;
    if ((sparseSamples === null) === (corpus === null)) {
      throw new OptionError(
        `${NAME}: give either sparseSamples, or a corpus that the evaluated model searches`,
      );
    }
    if (corpus?.length === 0) {
      throw new InputError(`${NAME}: the corpus is empty; expected a document at least`);
    }
    if (sparseSamples !== null) checkSameQueries(denseSamples, sparseSamples);
    this.#options = resolved;
  }

  protected override get settings(): Record<string, unknown> {
    const { atK, rrfK, writePredictions } = this.#options;
    return { at_k: atK, rrf_k: rrfK, write_predictions: writePredictions };
  }

  protected override async measure(
    model: EvaluatedModel,
    options: Required<EvaluateOptions>,
  ): Promise<Measured> {
    const { denseSamples, atK: k, rrfK, writePredictions } = this.#options;
    const rankings = await this.#sparseRankings(model);
    const fusions = denseSamples.map((dense, query): Fusion => {
      const sparse = rankings[query] as readonly string[];
      return { dense, sparse, both: fused(dense.documents, sparse, rrfK) };
    });
    if (writePredictions && options.outputPath !== null) await this.#write(options.outputPath, fusions);
    const measured = (prefix: string, of: (fusion: Fusion) => readonly string[]): Measurement[] => {
      const { map, mrr, ndcg } = meanScores(
        fusions.map((fusion) => scoresOf(of(fusion), [fusion.dense.positive].flat(), k)),
      );
      return [
        { key: `${prefix}map`, value: map },
        { key: `${prefix}mrr@{k}`, k, value: mrr },
        { key: `${prefix}ndcg@{k}`, k, value: ndcg },
      ];
    };
    return {
      measurements: [
        ...measured('dense_', ({ dense }) => dense.documents),
        ...measured('sparse_', ({ sparse }) => sparse),
        ...measured('', ({ both }) => both),
      ],
      primary: { key: 'ndcg@{k}', k },
    };
  }

  async #sparseRankings(model: EvaluatedModel): Promise<(readonly string[])[]> {
    const { denseSamples, sparseSamples, corpus, topK } = this.#options;
    if (sparseSamples !== null) return sparseSamples.map(({ documents }) => documents);
    const texts = [...new Set(corpus)];
    const data = { queries: denseSamples.map(({ query }) => query), corpus: texts };
    const { rankings } = await retrieve(data, Uint32Array.from(texts.keys()), {
      model,
      functions: [model.similarityFnName],
      k: topK,
      chunk: Infinity,
      prompts: { queryPrompt: null, queryPromptName: null, corpusPrompt: null, corpusPromptName: null },
      encoding: this.encodeOptions,
      corpusModel: model,
      corpusEmbeddings: null,
    });
    const found = rankings.get(model.similarityFnName) ?? [];
    return found.map(({ documents }) => Array.from(documents, (document) => texts[document] as string));
  }

  async #write(folder: string, fusions: readonly Fusion[]): Promise<void> {
    const lines = fusions.map(({ dense: { query_id, query, positive }, both }) =>
      JSON.stringify({ query_id, query, positive: [positive].flat(), documents: both }),
    );
    await mkdir(folder, { recursive: true });
    const file = this.csvFile.replace(/results\.csv$/, 'predictions.jsonl');
    await writeTextWhole(join(folder, file), lines.map((line) => `${line}\n`).join(''));
  }
}

function scoresOf(documents: readonly string[], positive: readonly string[], k: number): RankedScores {
  const found = documents.map((document) => (positive.includes(document) ? 1 : 0));
  const count = found.filter((each) => each === 1).length;
  if (count === 0) return NOTHING_FOUND;
  const missing = Array<number>(Math.max(0, positive.length - count)).fill(1);
  const relevance = [...found, ...missing];
  return rankedScores(
    Float32Array.from(relevance, (_, place) => -place),
    relevance,
    k,
  );
}
