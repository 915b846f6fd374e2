import type { SparseEncoder } from '../../encoder/sparse-encoder.js';
import { ndcg } from '../../evaluation/ndcg.js';
import type { RetrievalTask } from '../../evaluation/retrieval-task.js';
import { bar } from '../../html/bar.js';
import { escapeText } from '../../html/escape.js';
import { htmlTable } from '../../html/table.js';
import type { TokenWeight } from '../../sparse/decode.js';
import { SparseIndex } from '../../sparse/search/sparse-index.js';

const TERMS = 8;
const WORST = 10;
const FOUND = 3;
const K = 10;

/** A model with a name for the reader. */
export interface NamedModel {
  readonly name: string;
  readonly model: SparseEncoder;
}

/** A text to show. A model may encode queries in another way than documents. */
export interface ShownText {
  readonly text: string;
  readonly isQuery: boolean;
}

/** The strongest terms that each model gives some texts. */
export async function strongestTerms(
  texts: readonly ShownText[],
  models: readonly NamedModel[],
): Promise<string> {
  const termsBy = async (model: SparseEncoder, { text, isQuery }: ShownText): Promise<TokenWeight[]> => {
    const options = { showProgressBar: false };
    const embedding = isQuery ? model.encodeQuery([text], options) : model.encodeDocument([text], options);
    return model.decode(await embedding, TERMS)[0] ?? [];
  };
  const decoded = await Promise.all(
    models.map(({ model }) => Promise.all(texts.map((text) => termsBy(model, text)))),
  );
  return texts
    .map(({ text }, index) => {
      const tables = models.map(({ name }, at) => {
        const terms = decoded[at]?.[index] ?? [];
        const most = Math.max(...terms.map(([, weight]) => weight), Number.MIN_VALUE);
        return terms.length === 0
          ? `<p>${escapeText(name)}: no active term.</p>`
          : htmlTable(
              name,
              ['term', 'weight'],
              terms.map(([token, weight]) => [token, bar(weight.toFixed(3), weight / most)]),
            );
      });
      return `<blockquote>${escapeText(text)}</blockquote><div class="grid">${tables.join('')}</div>`;
    })
    .join('\n');
}

/** The queries with the lowest nDCG@10, what was found for them, and what should have been. */
export async function worstQueries(model: SparseEncoder, task: RetrievalTask): Promise<string> {
  const documents = await model.encodeDocument(task.documents, { showProgressBar: true });
  const queries = await model.encodeQuery(task.queries, { showProgressBar: true });
  const hits = SparseIndex.fromMatrix(documents).search(queries, K);
  const judged = hits
    .map((found, query) => ({
      found: Array.from(found.documents),
      query,
      relevant: task.relevant[query] ?? new Set<number>(),
    }))
    .filter(({ relevant }) => relevant.size > 0)
    .map((each) => ({ ...each, score: ndcg(each.found, each.relevant, K) }))
    .toSorted((one, other) => one.score - other.score);
  const mean = judged.reduce((sum, { score }) => sum + score, 0) / judged.length;
  const textOf = (document: number): string => task.documents[document] ?? '';
  const list = (places: readonly number[]): string =>
    `<ol>${places.map((place) => `<li>${escapeText(textOf(place))}</li>`).join('')}</ol>`;
  const rows = judged
    .slice(0, WORST)
    .map(({ query, found, relevant, score }) => [
      task.queries[query] ?? '',
      score.toFixed(3),
      { html: list(found.slice(0, FOUND)) },
      { html: list([...relevant].slice(0, FOUND)) },
    ]);
  return `<p>nDCG@${K} ${mean.toFixed(4)} over ${judged.length} queries.</p>${htmlTable(
    'The queries with the lowest nDCG',
    ['query', `nDCG@${K}`, 'found first', 'relevant'],
    rows,
  )}`;
}
