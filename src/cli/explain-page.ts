import { counted } from '../counted.js';
import { bar } from '../html/bar.js';
import { escapeText } from '../html/escape.js';
import { htmlPage, type Section } from '../html/page.js';
import { type Cell, htmlTable } from '../html/table.js';
import type { ExplainedTerm, ScoreExplanation } from '../sparse/explain.js';
import { formatWeight } from '../sparse/format-explanation.js';

interface Explained {
  readonly query: string;
  readonly document: string;
  readonly explanation: ScoreExplanation;
}

const KEY = `<p class="soft">Below the weight of a term, a solid bar says that the text has it; a striped bar, that the model has added it (expansion).</p>`;

/** A page of the terms that make up a score, as bars. */
export function explainPage({ query, document, explanation }: Explained): string {
  const { score, counts, matched, queryOnly, documentOnly } = explanation;
  const largest = (terms: readonly { readonly weight: number }[]): number =>
    Math.max(...terms.map(({ weight }) => Math.abs(weight)), Number.MIN_VALUE);
  const most = {
    query: largest([...matched.map((each) => each.query), ...queryOnly]),
    document: largest([...matched.map((each) => each.document), ...documentOnly]),
    product: Math.max(...matched.map(({ product }) => Math.abs(product)), Number.MIN_VALUE),
  };
  const weight = (term: ExplainedTerm, of: number): Cell =>
    bar(formatWeight(term.weight), Math.abs(term.weight) / of, kindOf(term));
  const shared = matched.map(({ token, query: inQuery, document: inDocument, product, share }) => [
    token,
    bar(`${formatWeight(product)} (${(100 * share).toFixed(1)}%)`, Math.abs(product) / most.product),
    weight(inQuery, most.query),
    weight(inDocument, most.document),
  ]);
  const only = (caption: string, terms: readonly ExplainedTerm[], of: number): string =>
    terms.length === 0
      ? `<p>${escapeText(caption)}: none.</p>`
      : htmlTable(
          caption,
          ['term', 'weight', 'in the text'],
          terms.map((term) => [term.token, weight(term, of), origin(term)]),
        );
  const active = (name: 'query' | 'document'): string => {
    const { active: all, matched: shares, expansion } = counts[name];
    return `${counted(all, 'active term')}, ${shares} of them shared${expansion === undefined ? '' : `, ${expansion} of them expansion`}`;
  };
  const sections: Section[] = [
    {
      id: 'shared',
      title: counted(matched.length, 'shared term'),
      body:
        KEY +
        (shared.length === 0
          ? '<p>The texts share no term, so the score is 0.</p>'
          : htmlTable(
              'Shared terms, by what they add to the score',
              ['term', 'product (share)', 'query', 'document'],
              shared,
            )),
    },
    {
      id: 'query',
      title: 'Only in the query',
      body: only('The strongest terms that only the query has', queryOnly, most.query),
    },
    {
      id: 'document',
      title: 'Only in the document',
      body: only('The strongest terms that only the document has', documentOnly, most.document),
    },
  ];
  const lead = `<p>Score <strong>${formatWeight(score)}</strong>, the sum of the products of shared terms.</p>
<p>Query: ${active('query')}.</p><blockquote>${escapeText(query)}</blockquote>
<p>Document: ${active('document')}.</p><blockquote>${escapeText(document)}</blockquote>`;
  return htmlPage('Why this score', lead, sections);
}

/** Without the ids of the texts nobody knows where a term comes from. */
const kindOf = ({ isExpansion }: ExplainedTerm): 'own' | 'expansion' | 'plain' =>
  isExpansion === undefined ? 'plain' : isExpansion ? 'expansion' : 'own';

const origin = ({ isExpansion }: ExplainedTerm): string =>
  isExpansion === undefined ? '' : isExpansion ? 'no, expansion' : 'yes';
