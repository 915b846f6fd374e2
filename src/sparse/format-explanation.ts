import { type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { counted } from '../counted.js';
import { flag, type OptionRules, resolveOptions } from '../options.js';
import { printable } from '../printable.js';
import { textWidth } from '../text-width.js';
import type { ExplainedTerm, ScoreExplanation, TermCounts } from './explain.js';

export interface FormatExplanationOptions {
  /** Whether to use colours and bold type of a terminal. */
  readonly colour: boolean;
  /** The most matched terms to list. Default: all. */
  readonly limit?: number;
}

const EXPLANATION: ArgumentRule = {
  expects: 'a result of explainScore',
  accepts: (value) => {
    if (!isObject(value)) return false;
    const { score, matched, queryOnly, documentOnly, counts } = value as Partial<ScoreExplanation>;
    return (
      typeof score === 'number' && [matched, queryOnly, documentOnly].every(Array.isArray) && isObject(counts)
    );
  },
};

const RULES: OptionRules<Required<FormatExplanationOptions>> = {
  colour: flag(false),
  limit: {
    default: Infinity,
    expects: 'a number of terms of at least 0',
    accepts: (value) => typeof value === 'number' && value >= 0,
  },
};

const BOLD = ['\u001B[1m', '\u001B[22m'] as const;
const DIM = ['\u001B[2m', '\u001B[22m'] as const;

/**
 * An explanation as aligned lines, without a final line end. A `+` after a token marks an expansion term of the side of
 * that column.
 */
export function formatExplanation(explanation: ScoreExplanation, options: FormatExplanationOptions): string {
  checkArguments('formatExplanation', { explanation: EXPLANATION }, { explanation });
  const { colour, limit } = resolveOptions('formatExplanation', RULES, options);
  const { score, matched, queryOnly, documentOnly, counts } = explanation;
  const paint = (text: string, [on, off]: readonly [string, string]): string =>
    colour && text !== '' ? `${on}${text}${off}` : text;
  const shown = matched.slice(0, limit);
  const table = align([
    ['term', 'query', 'document', 'product', 'share'],
    ...shown.map(({ token, query, document, product, share }) => [
      printable(token),
      `${formatWeight(query.weight)}${mark(query)}`,
      `${formatWeight(document.weight)}${mark(document)}`,
      formatWeight(product),
      `${(share * 100).toFixed(1)}%`,
    ]),
  ]);
  const [head = '', ...body] = table;
  const rest = matched.slice(shown.length);
  const lines = [
    paint(`score ${formatWeight(score)} from ${counted(matched.length, 'shared term')}`, BOLD),
    ...(matched.length === 0 ? [] : [paint(head, DIM), ...body]),
    ...(rest.length === 0
      ? []
      : [
          `${counted(rest.length, 'more shared term')}: ${formatWeight(rest.reduce((sum, { product }) => sum + product, 0))}`,
        ]),
    `query: ${described(counts.query)}${alone(queryOnly)}`,
    `document: ${described(counts.document)}${alone(documentOnly)}`,
  ];
  if (
    [...matched.flatMap(({ query, document }) => [query, document]), ...queryOnly, ...documentOnly].some(mark)
  ) {
    lines.push(paint('+ expansion: not a token of the text itself', DIM));
  }
  return lines.join('\n');
}

function described({ active, expansion }: TermCounts): string {
  const terms = counted(active, 'active term');
  return expansion === undefined ? terms : `${terms}, ${expansion} of them expansion`;
}

function alone(terms: readonly ExplainedTerm[]): string {
  if (terms.length === 0) return '';
  const listed = terms.map((term) => `${printable(term.token)}${mark(term)} ${formatWeight(term.weight)}`);
  return `; unmatched: ${listed.join(', ')}`;
}

function mark({ isExpansion }: ExplainedTerm): string {
  return isExpansion === true ? '+' : '';
}

/** A weight or a score with three digits after the point, or as a power of ten where these say nothing. */
export function formatWeight(value: number): string {
  const magnitude = Math.abs(value);
  return magnitude !== 0 && (magnitude < 1e-3 || magnitude >= 1e6)
    ? value.toExponential(2)
    : value.toFixed(3);
}

/** Pads cells to columns: the first column is aligned left, numbers are aligned right. */
function align(rows: readonly (readonly string[])[]): string[] {
  const widths = rows.reduce<number[]>(
    (widest, row) => row.map((cell, i) => Math.max(widest[i] ?? 0, textWidth(cell))),
    [],
  );
  return rows.map((row) =>
    row
      .map((cell, i) => {
        const padding = ' '.repeat((widths[i] ?? 0) - textWidth(cell));
        return i === 0 ? cell + padding : padding + cell;
      })
      .join('  ')
      .trimEnd(),
  );
}
