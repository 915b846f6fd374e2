import type { EncodeOptions } from '../../encoder/encode-options.js';
import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import type { StoredTask } from '../../evaluation/read-retrieval.js';
import { textsById } from '../../evaluation/retrieval-task.js';
import { bootstrapInterval, type Interval } from '../../evaluation/statistics.js';
import { SparseInformationRetrievalEvaluator } from '../../evaluators/retrieval/information-retrieval-evaluator.js';
import { openProgress } from '../../progress.js';
import type { SparseMatrix } from '../../sparse/sparse-matrix.js';
import { documentEmbeddings } from './document-embeddings.js';
import { type SearchCosts, searchCosts } from './search-costs.js';

/** The measure that compares models. */
export const COMPARED = 'ndcg@10';

/** What was measured for a model on a task. */
export interface ModelResult {
  readonly model: string;
  readonly similarity: string;
  readonly metrics: Readonly<Record<string, number>>;
  /** 95 % of resampled means of the compared measure. */
  readonly interval: Interval;
  /** null if the index would be too large to measure, or the similarity is a distance. */
  readonly costs: SearchCosts | null;
  /** The compared measure of each query. */
  readonly scores: readonly number[];
}

export interface TaskToEvaluate {
  readonly name: string;
  readonly task: StoredTask;
}

/** Embeddings with more entries, 1 GiB, are not kept to measure the search. */
const MOST_ENTRIES = 2 ** 27;

export async function evaluateModel(
  name: string,
  model: SparseEncoder,
  { name: taskName, task }: TaskToEvaluate,
  encoding: EncodeOptions,
): Promise<ModelResult> {
  const { similarityFnName: similarity } = model;
  const evaluator = new SparseInformationRetrievalEvaluator({
    ...textsById(task),
    ...encoding,
    name: taskName.replaceAll(/[/\\\p{Cc}]/gu, '_'),
    precisionRecallAtK: [1, 3, 5, 10, 100],
  });
  const bar = openProgress(task.documents.length);
  let kept: SparseMatrix[] | undefined = [];
  let entries = 0;
  async function* embeddings(): AsyncGenerator<SparseMatrix> {
    for await (const matrix of documentEmbeddings(model, task.documents, encoding, bar)) {
      entries += matrix.indices.length;
      if (entries > MOST_ENTRIES) kept = undefined;
      kept?.push(matrix);
      yield matrix;
    }
  }
  try {
    const named = await evaluator.evaluate(model, { corpusEmbeddings: embeddings() });
    const prefix = evaluator.name === '' ? 0 : evaluator.name.length + 1;
    const metrics = Object.fromEntries(
      Object.entries(named).map(([key, value]) => [key.slice(prefix), value]),
    );
    const scores = [...(evaluator.queryScores.get(`${similarity}_${COMPARED}`) ?? [])];
    const isProduct = similarity === 'dot' || similarity === 'cosine';
    bar.note('searching');
    const costs =
      kept === undefined || !isProduct
        ? null
        : await searchCosts(await model.encodeQuery(task.queries, encoding), kept, similarity === 'cosine');
    return { model: name, similarity, metrics, interval: bootstrapInterval(scores), costs, scores };
  } finally {
    bar.stop();
  }
}
