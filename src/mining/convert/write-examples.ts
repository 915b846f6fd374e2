import { counted } from '../../counted.js';
import { scoresToMargins } from '../../data/convert.js';
import type { Row } from '../../datasets/dataset.js';
import { InputError } from '../../errors.js';
import type { Example } from './example.js';
import type { ConvertOptions, TargetFormat } from './options.js';

/** What a conversion has left out so far. */
export interface ConvertCounts {
  /** Examples without a negative, or with too few of them. */
  withoutNegatives: number;
}

interface Target {
  readonly options: Required<ConvertOptions>;
  /** The names of the columns of anchors and positives. */
  readonly names: readonly [anchor: string, positive: string];
  readonly counts: ConvertCounts;
}

/** Makes the rows of an example. It is made once for a conversion, so that it can remember rows. */
type Writer = (example: Example) => readonly Row[];

/** How the rows of each format are made. */
export const WRITERS: Readonly<Record<TargetFormat, (target: Target) => Writer>> = {
  pair: ({ names: [anchor, positive] }) => {
    const isNew = once();
    return (example) =>
      isNew(example.anchor, example.positive)
        ? [{ [anchor]: example.anchor, [positive]: example.positive }]
        : [];
  },
  triplet: (target) => triplets(target, (scores) => ({ scores })),
  'margin-triplet': (target) => triplets(target, (scores) => ({ score: scoresToMargins(scores)[0] }), true),
  'n-tuple': (target) => tuples(target, (scores) => ({ scores })),
  'margin-n-tuple': (target) => tuples(target, (scores) => ({ scores: scoresToMargins(scores) }), true),
  'labeled-pair': ({ names: [anchor, text] }) => {
    const labels = new Map<string, number>();
    return (example) =>
      textsOf(example).flatMap((each, place) => {
        const label = place === 0 ? 1 : 0;
        const key = JSON.stringify([example.anchor, each]);
        const before = labels.get(key);
        if (before !== undefined && before !== label) {
          throw new InputError(
            `${example.place}: ${JSON.stringify(each)} is both positive and negative for ${JSON.stringify(example.anchor)}; keep one of the two`,
          );
        }
        labels.set(key, label);
        const score = example.scores?.[place];
        const row = { [anchor]: example.anchor, [text]: each };
        return before === undefined ? [{ ...row, ...(score === undefined ? { label } : { score }) }] : [];
      });
  },
  'labeled-list': ({ names: [anchor, text], counts }) =>
    withNegatives(counts, 1, (example) => [
      {
        [anchor]: example.anchor,
        [text]: textsOf(example),
        ...(example.scores === undefined
          ? { labels: textsOf(example).map((_, place) => (place === 0 ? 1 : 0)) }
          : { scores: example.scores }),
      },
    ]),
};

const textsOf = ({ positive, negatives }: Example): string[] => [positive, ...negatives];

type Labels = (scores: readonly number[]) => Row;

function triplets(
  { names: [anchor, positive], counts }: Target,
  labels: Labels,
  needsScores = false,
): Writer {
  return withNegatives(counts, 1, (example) => {
    const scores = scoresOf(example, needsScores);
    return example.negatives.map((negative, place) => ({
      [anchor]: example.anchor,
      [positive]: example.positive,
      negative,
      ...(scores !== undefined && labels([scores[0] as number, scores[place + 1] as number])),
    }));
  });
}

function tuples(
  { names: [anchor, positive], counts, options: { numNegatives } }: Target,
  labels: Labels,
  needsScores = false,
): Writer {
  let first: number | undefined;
  return withNegatives(counts, numNegatives ?? 1, (example) => {
    const negatives = example.negatives.slice(0, numNegatives ?? undefined);
    first ??= negatives.length;
    if (negatives.length !== first) {
      throw new InputError(
        `${example.place}: there ${negatives.length === 1 ? 'is' : 'are'} ${counted(negatives.length, 'negative')}; expected ${first}, as in the rows before, or the option numNegatives`,
      );
    }
    const scores = scoresOf(example, needsScores)?.slice(0, 1 + negatives.length);
    return [
      {
        [anchor]: example.anchor,
        [positive]: example.positive,
        ...Object.fromEntries(negatives.map((text, place) => [`negative_${place + 1}`, text])),
        ...(scores !== undefined && labels(scores)),
      },
    ];
  });
}

function scoresOf({ scores, place }: Example, areNeeded: boolean): readonly number[] | undefined {
  if (scores !== undefined || !areNeeded) return scores;
  throw new InputError(`${place}: there are no scores; margins need those of the positive and the negatives`);
}

/** Leaves out and counts examples with fewer negatives. */
function withNegatives(counts: ConvertCounts, least: number, write: Writer): Writer {
  return (example) => {
    if (example.negatives.length >= least) return write(example);
    counts.withoutNegatives++;
    return [];
  };
}

/** Tells whether a pair is new. */
function once(): (anchor: string, text: string) => boolean {
  const seen = new Set<string>();
  return (anchor, text) => {
    const before = seen.size;
    return seen.add(JSON.stringify([anchor, text])).size > before;
  };
}
