import { checkArguments } from '../arguments.js';
import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { countFrom, nullable, type OptionRule, type OptionRules, resolveOptions } from '../options.js';
import { checkSparseMatrix } from './check-sparse-matrix.js';
import { NAMES, positionsByWeight, tokenOf, type TokenNames } from './decode.js';
import { rowAt } from './row.js';
import type { SparseMatrix } from './sparse-matrix.js';

/** An active dimension of one text. */
export interface ExplainedTerm {
  readonly token: string;
  readonly index: number;
  readonly weight: number;
  /** Whether the token does not occur in the text itself; undefined if the tokens of the text are unknown. */
  readonly isExpansion: boolean | undefined;
}

/** A dimension that both texts have. */
export interface MatchedTerm {
  readonly token: string;
  readonly index: number;
  readonly query: ExplainedTerm;
  readonly document: ExplainedTerm;
  /** Product of the two weights. */
  readonly product: number;
  /** product / score; 0 if the score is 0. Products of both signs can make shares above 1 and below 0. */
  readonly share: number;
}

/** Why a document has its score. */
export interface ScoreExplanation {
  /** Dot product. */
  readonly score: number;
  /** By descending absolute product, by index where equal. */
  readonly matched: readonly MatchedTerm[];
  /** The strongest terms that only the query has, and that only the document has, by descending absolute weight. */
  readonly queryOnly: readonly ExplainedTerm[];
  readonly documentOnly: readonly ExplainedTerm[];
  /** The number of active dimensions of each, and how many of them are expansion terms (undefined without ids). */
  readonly counts: {
    readonly query: TermCounts;
    readonly document: TermCounts;
  };
}

export interface TermCounts {
  readonly active: number;
  readonly matched: number;
  readonly expansion: number | undefined;
}

export interface ExplainOptions {
  /** Token ids of the texts from the tokenizer. They distinguish expansion terms from a text's own. */
  readonly queryIds?: readonly number[];
  readonly documentIds?: readonly number[];
  /** Number of unmatched terms of each side. Default: 5. */
  readonly unmatched?: number;
}

const IDS: OptionRule<readonly number[]> = {
  expects: 'a list of token ids',
  accepts: (value) => Array.isArray(value) && value.every((id) => Number.isInteger(id)),
};

const RULES: OptionRules<{
  readonly queryIds: readonly number[] | null;
  readonly documentIds: readonly number[] | null;
  readonly unmatched: number;
}> = {
  queryIds: nullable(IDS),
  documentIds: nullable(IDS),
  unmatched: countFrom(0, 5),
};

/**
 * Splits the dot product of two embeddings by dimension.
 *
 * @param query [1, columns]
 * @param document [1, columns]
 * @throws InputError for other shapes and for invalid matrices
 * @throws OptionError for an option that is unknown or of the wrong type
 */
export function explainScore(
  query: SparseMatrix,
  document: SparseMatrix,
  tokenizer: TokenNames,
  options: ExplainOptions = {},
): ScoreExplanation {
  checkArguments('explainScore', { tokenizer: NAMES }, { tokenizer });
  const { queryIds, documentIds, unmatched } = resolveOptions('explainScore', RULES, options);
  for (const [name, matrix] of Object.entries({ query, document })) {
    checkSparseMatrix(matrix, `the ${name}`);
    const { rows } = matrix;
    if (rows !== 1) {
      throw new InputError(`the ${name} has ${counted(rows, 'row')}; expected 1: take one with sliceRows`);
    }
  }
  if (query.columns !== document.columns) {
    throw new InputError(
      `query and document have ${query.columns} and ${document.columns} columns; expected equal numbers`,
    );
  }
  const queryTerms = termsOf(query, tokenizer, queryIds ?? undefined);
  const documentTerms = termsOf(document, tokenizer, documentIds ?? undefined);
  const matched = matchesOf(queryTerms, documentTerms);
  const alone = (terms: Terms, others: Terms): ExplainedTerm[] =>
    [...terms.values()].filter(({ index }) => !others.has(index)).slice(0, unmatched);
  return {
    ...matched,
    queryOnly: alone(queryTerms, documentTerms),
    documentOnly: alone(documentTerms, queryTerms),
    counts: {
      query: countsOf(queryTerms, matched.matched.length, queryIds !== null),
      document: countsOf(documentTerms, matched.matched.length, documentIds !== null),
    },
  };
}

/** By index, in descending order of absolute weight. */
type Terms = ReadonlyMap<number, ExplainedTerm>;

function termsOf(matrix: SparseMatrix, tokenizer: TokenNames, ids: readonly number[] | undefined): Terms {
  const { indices, values } = rowAt(matrix, 0);
  const own = ids && new Set(ids);
  return new Map(
    positionsByWeight(values.map(Math.abs)).map((position) => {
      const index = indices[position] as number;
      const token = tokenOf(tokenizer, index);
      const weight = values[position] as number;
      return [index, { token, index, weight, isExpansion: own && !own.has(index) }];
    }),
  );
}

function matchesOf(query: Terms, document: Terms): Pick<ScoreExplanation, 'score' | 'matched'> {
  const pairs = [...query.values()].flatMap((term) => {
    const other = document.get(term.index);
    return other === undefined ? [] : [{ query: term, document: other, product: term.weight * other.weight }];
  });
  // In the order of the dimensions, as everywhere in this package.
  const score = pairs
    .toSorted((a, b) => a.query.index - b.query.index)
    .reduce((sum, { product }) => sum + product, 0);
  const matched = pairs
    .toSorted((a, b) => Math.abs(b.product) - Math.abs(a.product) || a.query.index - b.query.index)
    .map((pair) => ({
      token: pair.query.token,
      index: pair.query.index,
      ...pair,
      share: score === 0 ? 0 : pair.product / score,
    }));
  return { score, matched };
}

function countsOf(terms: Terms, matched: number, idsAreKnown: boolean): TermCounts {
  const expansion = [...terms.values()].filter(({ isExpansion }) => isExpansion === true).length;
  return { active: terms.size, matched, expansion: idsAreKnown ? expansion : undefined };
}
