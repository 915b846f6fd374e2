/**
 * Conversions between data formats, as pure functions on rows.
 *
 * | from                                  | to                    | function               |
 * | ------------------------------------- | --------------------- | ---------------------- |
 * | texts with a class                    | triplets              | `classTextsToTriplets` |
 * | pairs of texts with a class           | triplets              | `classPairsToTriplets` |
 * | n-tuples                              | triplets              | `nTuplesToTriplets`    |
 * | triplets                              | pairs                 | `tripletsToPairs`      |
 * | scores of [positive, ...negatives]    | margins per negative  | `scoresToMargins`      |
 */
import { aWholeNumber, type ArgumentRule, checkArguments, isObject, listOf } from '../arguments.js';
import { InputError } from '../errors.js';
import { seededRandom } from '../random.js';

export type ClassLabel = string | number;

export interface ClassText {
  readonly text: string;
  readonly label: ClassLabel;
}

export interface ClassPair {
  readonly sentence1: string;
  readonly sentence2: string;
  readonly label: ClassLabel;
}

export interface Pair {
  readonly anchor: string;
  readonly positive: string;
}

export interface Triplet extends Pair {
  readonly negative: string;
}

/** Columns `anchor`, `positive`, `negative_1`, ..., `negative_n`. */
export interface NTuple extends Pair {
  readonly [negative: `negative_${number}`]: string;
}

const isText = (value: unknown): boolean => typeof value === 'string';
const isLabel = (value: unknown): boolean => isText(value) || typeof value === 'number';
const ROWS_OF = (texts: readonly string[], labels: readonly string[] = []): ArgumentRule =>
  listOf(
    `a list of rows with ${[...texts.map((name) => `the text ${name}`), ...labels.map((name) => `a ${name}`)].join(', ')}`,
    (row) => {
      if (!isObject(row)) return false;
      const fields = row as Readonly<Record<string, unknown>>;
      return texts.every((name) => isText(fields[name])) && labels.every((name) => isLabel(fields[name]));
    },
  );

const LABELLED_TEXTS = ROWS_OF(['text'], ['label']);
const LABELLED_PAIRS = ROWS_OF(['sentence1', 'sentence2'], ['label']);
const PAIRS = ROWS_OF(['anchor', 'positive']);
const NUMBERS = listOf('a list of numbers', (value) => typeof value === 'number');
const LABEL: ArgumentRule = { expects: 'a class, a string or a number', accepts: isLabel };

/**
 * One triplet for each different text of each class, in the order of the rows: the text is the anchor, a random other
 * text of its class the positive, a random text of the other classes the negative. A text that also has the anchor's
 * class is never its negative, and repetitions of a text count once.
 *
 * @throws InputError for fewer than two classes, a class with fewer than two different texts, or a class without any
 *   text left as a negative.
 */
export function classTextsToTriplets(
  rows: readonly ClassText[],
  options: { readonly seed: number },
): Triplet[] {
  checkArguments(
    'classTextsToTriplets',
    { rows: LABELLED_TEXTS, seed: aWholeNumber },
    { rows, seed: options?.seed },
  );
  const textsByClass = groupBy(
    rows,
    (row) => row.label,
    (row) => row.text,
  );
  if (textsByClass.size < 2) {
    throw new InputError(
      `class-labelled texts carry ${textsByClass.size} class(es); triplets need at least 2, ` +
        'since the negative comes from another class',
    );
  }
  for (const [label, texts] of textsByClass) {
    if (texts.size < 2) {
      throw new InputError(
        `class ${JSON.stringify(label)} has ${texts.size} different text; triplets need at least 2 per class ` +
          '(anchor and positive): add texts of this class or leave its rows out',
      );
    }
  }

  const allTexts = [...new Set(rows.map((row) => row.text))];
  const random = seededRandom(options.seed);
  const triplets: Triplet[] = [];
  for (const [label, texts] of textsByClass) {
    const members = [...texts];
    const outsiders = allTexts.filter((text) => !texts.has(text));
    if (outsiders.length === 0) {
      throw new InputError(
        `every text also carries class ${JSON.stringify(label)}, so none can be a negative for it: ` +
          'give each text one class',
      );
    }
    members.forEach((anchor, index) => {
      // A step of 1 to n - 1 positions around the list: uniform over the others, never the anchor itself.
      const step = 1 + random.below(members.length - 1);
      const positive = members[(index + step) % members.length] as string;
      triplets.push({ anchor, positive, negative: random.pick(outsiders) });
    });
  }
  return triplets;
}

/**
 * Pairs that share `sentence1` become triplets: `sentence2` of a pair of class `positive` is the positive, `sentence2`
 * of a pair of class `negative` the negative (in natural language inference: entailment and contradiction). Pairs of
 * other classes are ignored, and so are anchors that lack one of the two. An anchor with p positives and n negatives
 * gives max(p, n) triplets: the shorter list starts over.
 *
 * @throws InputError for one class in both roles, a text that is both positive and negative for an anchor, or no
 *   triplet.
 */
export function classPairsToTriplets(
  rows: readonly ClassPair[],
  classes: { readonly positive: ClassLabel; readonly negative: ClassLabel },
): Triplet[] {
  checkArguments(
    'classPairsToTriplets',
    { rows: LABELLED_PAIRS, positive: LABEL, negative: LABEL },
    { rows, positive: classes?.positive, negative: classes?.negative },
  );
  if (classes.positive === classes.negative) {
    throw new InputError(
      `class ${JSON.stringify(classes.positive)} was given as positive and as negative: name two classes`,
    );
  }
  const textsOf = (label: ClassLabel) =>
    groupBy(
      rows.filter((row) => row.label === label),
      (row) => row.sentence1,
      (row) => row.sentence2,
    );
  const positivesByAnchor = textsOf(classes.positive);
  const negativesByAnchor = textsOf(classes.negative);

  const triplets: Triplet[] = [];
  for (const [anchor, positives] of positivesByAnchor) {
    const negatives = negativesByAnchor.get(anchor);
    if (negatives === undefined) continue;
    for (const text of positives) {
      if (negatives.has(text)) {
        throw new InputError(
          `${JSON.stringify(text)} is both positive and negative for the anchor ${JSON.stringify(anchor)}: ` +
            'keep one of the two labels',
        );
      }
    }
    triplets.push(...alignCyclically(anchor, [...positives], [...negatives]));
  }
  if (triplets.length === 0) {
    const found = [...new Set(rows.map((row) => JSON.stringify(row.label)))].join(', ');
    throw new InputError(
      `no sentence1 has both a pair of class ${JSON.stringify(classes.positive)} and one of class ` +
        `${JSON.stringify(classes.negative)}; the classes found are ${found || 'none'}`,
    );
  }
  return triplets;
}

/**
 * One triplet for each negative, in the order of the columns' numbers.
 *
 * @throws InputError for a row without a negative.
 */
export function nTuplesToTriplets(rows: readonly NTuple[]): Triplet[] {
  checkArguments('nTuplesToTriplets', { rows: PAIRS }, { rows });
  return rows.flatMap((row, index) => {
    const negatives = negativesOf(row);
    if (negatives.length === 0) {
      throw new InputError(`row ${index} has no column negative_1: a triplet needs a negative`);
    }
    return negatives.map((negative) => ({ anchor: row.anchor, positive: row.positive, negative }));
  });
}

/** Anchor and positive without the negative; a pair that several triplets share appears once. */
export function tripletsToPairs(rows: readonly Triplet[]): Pair[] {
  checkArguments('tripletsToPairs', { rows: PAIRS }, { rows });
  const positivesByAnchor = groupBy(
    rows,
    (row) => row.anchor,
    (row) => row.positive,
  );
  return [...positivesByAnchor].flatMap(([anchor, positives]) =>
    [...positives].map((positive) => ({ anchor, positive })),
  );
}

/**
 * Converts teacher scores [s(positive), s(negative_1), ..., s(negative_n)] to margins [s(positive) - s(negative_1),
 * ..., s(positive) - s(negative_n)].
 *
 * @throws InputError for fewer than two scores, or a score that is not finite.
 */
export function scoresToMargins(scores: readonly number[]): number[] {
  checkArguments('scoresToMargins', { scores: NUMBERS }, { scores });
  const [positive, ...negatives] = scores;
  if (positive === undefined || negatives.length === 0) {
    throw new InputError(
      `${scores.length} score(s) given; margins need the positive's score and at least one negative's`,
    );
  }
  if (!scores.every(Number.isFinite)) {
    throw new InputError(
      `scores [${scores.join(', ')}] are not all finite numbers: margins need finite scores`,
    );
  }
  return negatives.map((negative) => positive - negative);
}

const NEGATIVE_COLUMN = /^negative_(\d+)$/;
const negativeNumber = (column: string): number => Number(NEGATIVE_COLUMN.exec(column)?.[1]);

function negativesOf(row: NTuple): string[] {
  return Object.keys(row)
    .filter((column): column is `negative_${number}` => NEGATIVE_COLUMN.test(column))
    .toSorted((a, b) => negativeNumber(a) - negativeNumber(b))
    .flatMap((column) => row[column] ?? []);
}

function alignCyclically(
  anchor: string,
  positives: readonly string[],
  negatives: readonly string[],
): Triplet[] {
  return Array.from({ length: Math.max(positives.length, negatives.length) }, (_, index) => ({
    anchor,
    positive: positives[index % positives.length] as string,
    negative: negatives[index % negatives.length] as string,
  }));
}

/** The different values of each key, both in the order of their first row. */
function groupBy<Row, Key>(
  rows: readonly Row[],
  keyOf: (row: Row) => Key,
  valueOf: (row: Row) => string,
): Map<Key, Set<string>> {
  const groups = new Map<Key, Set<string>>();
  for (const row of rows) {
    const group = groups.get(keyOf(row)) ?? new Set();
    groups.set(keyOf(row), group.add(valueOf(row)));
  }
  return groups;
}
