import { ndcg } from '../../evaluation/ndcg.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import type { EvaluatedModel } from '../../evaluators/evaluator.js';
import { retrieve } from '../../evaluators/retrieval/retrieve.js';
import { escapeText } from '../../html/escape.js';
import { htmlTable } from '../../html/table.js';
import { openProgress } from '../../progress.js';
import { documentEmbeddings } from '../evaluate/document-embeddings.js';

const WORST = 10;
const FOUND = 3;
const K = 10;
/** Documents that are searched at once. */
const CHUNK = 50_000;

/**
 * The queries with the lowest nDCG@10, what was found for them, and what should have been. The corpus is encoded and
 * searched in parts.
 */
export async function worstQueries(model: EvaluatedModel, task: RetrievalTask): Promise<string> {
  const found = await foundBy(model, task);
  const judged = found
    .map((documents, query) => ({ documents, query, relevant: task.relevant[query] ?? new Set<number>() }))
    .filter(({ relevant }) => relevant.size > 0)
    .map((each) => ({ ...each, score: ndcg(each.documents, each.relevant, K) }))
    .toSorted((one, other) => one.score - other.score);
  const mean = judged.reduce((sum, { score }) => sum + score, 0) / judged.length;
  const textOf = (document: number): string => task.documents[document] ?? '';
  const list = (places: readonly number[]): string =>
    `<ol>${places.map((place) => `<li>${escapeText(textOf(place))}</li>`).join('')}</ol>`;
  const rows = judged
    .slice(0, WORST)
    .map(({ query, documents, relevant, score }) => [
      task.queries[query] ?? '',
      score.toFixed(3),
      { html: list(documents.slice(0, FOUND)) },
      { html: list([...relevant].slice(0, FOUND)) },
    ]);
  return `<p>nDCG@${K} ${mean.toFixed(4)} over ${judged.length} queries.</p>${htmlTable(
    'The queries with the lowest nDCG',
    ['query', `nDCG@${K}`, 'found first', 'relevant'],
    rows,
  )}`;
}

/** The best documents of each query, by the similarity function of the model. */
async function foundBy(
  model: EvaluatedModel,
  { queries, documents }: RetrievalTask,
): Promise<(readonly number[])[]> {
  const { similarityFnName: similarity } = model;
  const encoding = { showProgressBar: false };
  const bar = openProgress(documents.length);
  try {
    const { rankings } = await retrieve({ queries, corpus: documents }, Uint32Array.from(documents.keys()), {
      model,
      functions: [similarity],
      k: K,
      chunk: CHUNK,
      prompts: { queryPrompt: null, queryPromptName: null, corpusPrompt: null, corpusPromptName: null },
      encoding,
      corpusModel: model,
      corpusEmbeddings: documentEmbeddings(model, documents, encoding, bar),
    });
    return (rankings.get(similarity) ?? []).map((hits) => Array.from(hits.documents));
  } finally {
    bar.stop();
  }
}
