import { checkArguments } from '../arguments.js';
import { meanNdcg } from '../evaluation/ndcg.js';
import { aRetrievalTask, type RetrievalTask } from '../evaluation/retrieval-task.js';
import { resolveOptions } from '../options.js';
import { keepRatio } from '../sparse/keep-ratio.js';
import { keepMaxActiveDims } from '../sparse/max-active-dims.js';
import { SparseIndex } from '../sparse/search/sparse-index.js';
import type { SparseMatrix } from '../sparse/sparse-matrix.js';
import type { EvaluatedModel } from './evaluator.js';
import { Activations } from './retrieval/activations.js';
import { searchTimes, timeAt } from './search-times.js';
import { SWEEP_RULES, type SweepOptions } from './sweep-options.js';

/** How a model ranks at one sparsity, and what that costs. */
export interface SweepPoint {
  /** How the embeddings were truncated: `all terms`, `at most 64` or `above 0.1 of the largest`. */
  readonly name: string;
  readonly method: 'none' | 'maxActiveDims' | 'ratio';
  /** The limit or the ratio; null without truncation. */
  readonly value: number | null;
  /** The mean nDCG@k. */
  readonly ndcg: number;
  readonly queryActiveDims: number;
  readonly corpusActiveDims: number;
  /** Expected multiplications for a query and a document. */
  readonly flops: number;
  /** Milliseconds to search all documents for a query, on one core: the median over queries of the fastest of three runs. */
  readonly searchMs: number;
}

type Truncation = Pick<SweepPoint, 'name' | 'method' | 'value'> & {
  readonly apply: (matrix: SparseMatrix) => SparseMatrix;
};

const WHOLE: Truncation = { name: 'all terms', method: 'none', value: null, apply: (matrix) => matrix };

/**
 * Encodes a retrieval task once, truncates the embeddings in different ways, and measures for each how well they rank and
 * what a search costs. The first point has all terms.
 *
 * @throws OptionError if an option is unknown or of the wrong type
 * @throws InputError if no query of the task has a relevant document
 * @example
 * const points = await truncationSweep(model, task, { maxActiveDims: [32, 64, 128], ratios: [0.1] });
 * for (const { name, ndcg, flops, searchMs } of points) console.log(name, ndcg, flops, searchMs);
 */
export async function truncationSweep(
  model: EvaluatedModel,
  task: RetrievalTask,
  options: SweepOptions = {},
): Promise<SweepPoint[]> {
  checkArguments('truncationSweep', { task: aRetrievalTask }, { task });
  const { maxActiveDims, ratios, truncate, k, ...encoding } = resolveOptions(
    'truncationSweep',
    SWEEP_RULES,
    options,
  );
  const documents = await model.encodeDocument(task.documents, encoding);
  const queries = await model.encodeQuery(task.queries, encoding);
  const truncations = [
    WHOLE,
    ...maxActiveDims.map((limit): Truncation => ({
      name: `at most ${limit}`,
      method: 'maxActiveDims',
      value: limit,
      apply: (matrix) => keepMaxActiveDims(matrix, limit),
    })),
    ...ratios.map((ratio): Truncation => ({
      name: `above ${ratio} of the largest`,
      method: 'ratio',
      value: ratio,
      apply: (matrix) => keepRatio(matrix, ratio),
    })),
  ];
  return truncations.map(({ apply, ...named }) => {
    const cut = {
      queries: truncate === 'documents' ? queries : apply(queries),
      documents: truncate === 'queries' ? documents : apply(documents),
    };
    return { ...named, ...pointOf(cut, task, k) };
  });
}

interface Embedded {
  readonly queries: SparseMatrix;
  readonly documents: SparseMatrix;
}

function pointOf(
  { queries, documents }: Embedded,
  { relevant }: RetrievalTask,
  k: number,
): Omit<SweepPoint, keyof Truncation> {
  const index = SparseIndex.fromMatrix(documents);
  const rankings = index.search(queries, k).map((hits) => hits.documents);
  const [ofQueries, ofDocuments] = [activationsOf(queries), activationsOf(documents)];
  return {
    ndcg: meanNdcg(rankings, relevant, k),
    queryActiveDims: ofQueries.sparsity.activeDims,
    corpusActiveDims: ofDocuments.sparsity.activeDims,
    flops: ofQueries.flopsWith(ofDocuments),
    searchMs: timeAt(searchTimes(index, queries, k), 0.5),
  };
}

function activationsOf(matrix: SparseMatrix): Activations {
  const activations = new Activations();
  activations.add(matrix);
  return activations;
}
