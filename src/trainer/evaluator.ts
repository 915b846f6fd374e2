import { checkArguments } from '../arguments.js';
import { meanNdcg } from '../evaluation/ndcg.js';
import { aRetrievalTask, type RetrievalTask } from '../evaluation/retrieval-task.js';
import type { Evaluator } from '../evaluators/evaluator.js';
import { aText, countFrom, nullable, type OptionRules, resolveOptions } from '../options.js';
import { SparseIndex } from '../sparse/search/sparse-index.js';
import { sparsity } from '../sparse/sparsity.js';

export interface RetrievalEvaluatorOptions {
  /** A prefix of the metrics' names, joined to them with `_`. */
  readonly name?: string;
  /** How many of the first documents of a ranking count. Default 10. */
  readonly k?: number;
}

const RULES: OptionRules<{ readonly name: string | null; readonly k: number }> = {
  name: nullable(aText),
  k: countFrom(1, 10),
};

/**
 * Computes nDCG@k of queries over documents by dot product, and the active dimensions of both.
 *
 * @throws InputError if no query of the task has a relevant document
 */
export function retrievalEvaluator(
  task: RetrievalTask,
  options: RetrievalEvaluatorOptions = {},
): Evaluator & { readonly primaryMetric: string } {
  checkArguments('retrievalEvaluator', { task: aRetrievalTask }, { task });
  const { name, k } = resolveOptions('retrievalEvaluator', RULES, options);
  const named = (metric: string): string => (name === null ? metric : `${name}_${metric}`);
  const primaryMetric = named(`dot_ndcg@${k}`);
  return {
    primaryMetric,
    async evaluate(model) {
      const documents = await model.encodeDocument(task.documents, { showProgressBar: false });
      const queries = await model.encodeQuery(task.queries, { showProgressBar: false });
      const rankings = SparseIndex.fromMatrix(documents)
        .search(queries, k)
        .map((hits) => hits.documents);
      return {
        [primaryMetric]: meanNdcg(rankings, task.relevant, k),
        [named('query_active_dims')]: sparsity(queries).activeDims,
        [named('corpus_active_dims')]: sparsity(documents).activeDims,
      };
    },
  };
}
