import type { Row } from '../datasets/dataset.js';
import type { MinedFormat, ResolvedMiningOptions } from './options.js';

/** A text with its score. */
export interface ScoredText {
  readonly text: string;
  readonly score: number;
}

/** A query with its positives and the negatives that were found. */
export interface MinedAnchor {
  readonly query: string;
  readonly positives: readonly ScoredText[];
  readonly negatives: readonly ScoredText[];
}

type RowOptions = Pick<ResolvedMiningOptions, 'numNegatives' | 'outputScores'> & {
  readonly columns: readonly [anchor: string, positive: string];
};

/** The columns of a format after the query's, from its positive and negatives. */
type Rows = (
  positive: ScoredText,
  negatives: readonly ScoredText[],
  options: RowOptions,
) => readonly Readonly<Record<string, unknown>>[];

const scoresOf = (texts: readonly ScoredText[]): number[] => texts.map(({ score }) => score);

/**
 * What each format makes of a positive and the query's negatives. `labeled-pair` holds the negatives once for all
 * positives and is made separately.
 */
const ROWS: Readonly<Record<Exclude<MinedFormat, 'labeled-pair'>, Rows>> = {
  triplet: (positive, negatives, { columns: [, name], outputScores }) =>
    negatives.map((negative) => ({
      [name]: positive.text,
      negative: negative.text,
      ...(outputScores && { scores: [positive.score, negative.score] }),
    })),
  'n-tuple': (positive, negatives, { columns: [, name], numNegatives, outputScores }) =>
    negatives.length < numNegatives
      ? []
      : [
          {
            [name]: positive.text,
            ...Object.fromEntries(negatives.map(({ text }, place) => [`negative_${place + 1}`, text])),
            ...(outputScores && { scores: scoresOf([positive, ...negatives]) }),
          },
        ],
  'labeled-list': (positive, negatives, { columns: [, name], outputScores }) =>
    negatives.length === 0
      ? []
      : [
          {
            [name]: [positive, ...negatives].map(({ text }) => text),
            ...(outputScores
              ? { scores: scoresOf([positive, ...negatives]) }
              : { labels: [1, ...negatives.map(() => 0)] }),
          },
        ],
};

/** The rows of a query in a format. */
export function minedRows(format: MinedFormat, mined: MinedAnchor, options: RowOptions): Row[] {
  const { query, positives, negatives } = mined;
  const {
    columns: [anchor, name],
    outputScores,
  } = options;
  if (format === 'labeled-pair') {
    const pairOf = ({ text, score }: ScoredText, label: number): Row => ({
      [anchor]: query,
      [name]: text,
      ...(outputScores ? { score } : { label }),
    });
    return [...positives.map((each) => pairOf(each, 1)), ...negatives.map((each) => pairOf(each, 0))];
  }
  return positives.flatMap((positive) =>
    ROWS[format](positive, negatives, options).map((row) => ({ [anchor]: query, ...row })),
  );
}
