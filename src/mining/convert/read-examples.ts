import { classPairsToTriplets, classTextsToTriplets, type Triplet } from '../../data/convert.js';
import { type Dataset, placeIn } from '../../datasets/dataset.js';
import { eachRow } from '../../datasets/each-row.js';
import { InputError, OptionError } from '../../errors.js';
import {
  columnNames,
  dataFormat,
  describeColumns,
  type DataFormat,
  takesColumns,
} from '../../losses/catalog.js';
import type { Example } from './example.js';
import { type ConvertOptions, OWNER, type SourceFormat } from './options.js';
import { SourceRow, textColumns } from './source-columns.js';

/** What a reader gets: the rows, the names of the columns of texts, and which columns of labels there are. */
interface Source {
  readonly rows: AsyncIterable<SourceRow>;
  readonly texts: readonly string[];
  readonly has: (column: string) => boolean;
  /** The name of the data set in messages. */
  readonly name: string;
  readonly options: Required<ConvertOptions>;
}

type Reader = (source: Source) => AsyncGenerator<Example>;

/** The columns of texts of each format: those of a format that losses take, where there is one. */
const COLUMNS: Readonly<Record<SourceFormat, Pick<DataFormat, 'columns' | 'numbered'>>> = {
  pair: dataFormat('pair'),
  triplet: dataFormat('triplet'),
  'n-tuple': dataFormat('n-tuple'),
  'labeled-pair': { columns: ['anchor', 'text'] },
  'labeled-list': { columns: ['anchor', 'texts'] },
  'class-text': dataFormat('class-text'),
  'class-pair': dataFormat('class-pair'),
};

const READERS: Readonly<Record<SourceFormat, Reader>> = {
  pair: tuples,
  triplet: tuples,
  'n-tuple': tuples,
  'labeled-pair': labeledPairs,
  'labeled-list': labeledLists,
  'class-text': classTexts,
  'class-pair': classPairs,
};

/**
 * The examples of a data set, row by row. Labeled pairs and classes are read whole first, since the rows of an example can
 * be anywhere.
 *
 * @throws InputError that names the row and its column
 */
export async function* readExamples(
  dataset: Dataset,
  options: Required<ConvertOptions>,
  name: string,
): AsyncGenerator<Example> {
  const texts = textColumns(dataset.columns);
  const expected = COLUMNS[options.from];
  if (!takesColumns(expected as DataFormat, texts.length)) {
    throw new InputError(
      `${name} has the columns of texts ${texts.join(', ') || '(none)'}; expected ${describeColumns(expected as DataFormat)} for ${options.from}`,
    );
  }
  async function* rows(): AsyncGenerator<SourceRow> {
    for await (const [index, row] of eachRow(dataset)) yield new SourceRow(row, placeIn(dataset, index));
  }
  const has = (column: string): boolean => dataset.columns.includes(column);
  yield* READERS[options.from]({ rows: rows(), texts, has, name, options });
}

async function* tuples({
  rows,
  texts: [anchor, positive, ...negatives],
  has,
}: Source): AsyncGenerator<Example> {
  for await (const row of rows) {
    yield {
      anchor: row.text(anchor as string),
      positive: row.text(positive as string),
      negatives: negatives.map((column) => row.text(column)),
      scores: has('scores') ? row.numbers('scores', 1 + negatives.length) : undefined,
      place: row.place,
    };
  }
}

interface Labeled {
  readonly text: string;
  readonly score: number | undefined;
  readonly isPositive: boolean;
  readonly place: string;
}

async function* labeledPairs(source: Source): AsyncGenerator<Example> {
  const { rows, texts, has, name, options } = source;
  const [anchor, text] = texts as readonly [string, string];
  if (!has('label') && (!has('score') || options.positiveFrom === null)) {
    throw new InputError(
      `${name} has no column label; expected one of 1 and 0, or a column score and the option positiveFrom`,
    );
  }
  const byAnchor = new Map<string, Labeled[]>();
  for await (const row of rows) {
    const score = has('score') ? row.number('score') : undefined;
    const isPositive = has('label')
      ? row.isPositive('label')
      : (score as number) >= (options.positiveFrom as number);
    const query = row.text(anchor);
    const labeled = byAnchor.get(query) ?? [];
    labeled.push({ text: row.text(text), score, isPositive, place: row.place });
    byAnchor.set(query, labeled);
  }
  for (const [query, labeled] of byAnchor) yield* examplesOf(query, labeled);
}

async function* labeledLists({ rows, texts: columns, has, name }: Source): AsyncGenerator<Example> {
  const [anchor, list] = columns as readonly [string, string];
  if (!has('labels') && !has('scores')) {
    throw new InputError(`${name} has no column labels and no scores; expected one of lists of numbers`);
  }
  for await (const row of rows) {
    const texts = row.texts(list);
    const scores = has('scores') ? row.numbers('scores', texts.length) : undefined;
    // Without labels the first text is the positive, as in mined lists.
    const labels = has('labels')
      ? row.arePositive('labels', texts.length)
      : texts.map((_, place) => place === 0);
    const labeled = texts.map((text, place): Labeled => ({
      text,
      score: scores?.[place],
      isPositive: labels[place] === true,
      place: row.place,
    }));
    yield* examplesOf(row.text(anchor), labeled);
  }
}

/** One example for each positive, with all negatives. */
function* examplesOf(anchor: string, labeled: readonly Labeled[]): Generator<Example> {
  const negatives = labeled.filter(({ isPositive }) => !isPositive);
  for (const positive of labeled.filter(({ isPositive }) => isPositive)) {
    const scores = [positive, ...negatives].flatMap(({ score }) => score ?? []);
    yield {
      anchor,
      positive: positive.text,
      negatives: negatives.map(({ text }) => text),
      scores: scores.length === 1 + negatives.length ? scores : undefined,
      place: positive.place,
    };
  }
}

async function* classTexts({
  rows,
  texts: [text],
  name,
  options: { seed },
}: Source): AsyncGenerator<Example> {
  const labelled = [];
  for await (const row of rows) {
    labelled.push({ text: row.text(text as string), label: row.className('label') });
  }
  yield* ofTriplets(classTextsToTriplets(labelled, { seed }), name);
}

async function* classPairs({ rows, texts, name, options }: Source): AsyncGenerator<Example> {
  const { positiveClass: positive, negativeClass: negative } = options;
  if (positive === null || negative === null) {
    throw new OptionError(`${OWNER}: class-pair needs the options positiveClass and negativeClass`);
  }
  const [first, second] = texts as readonly [string, string];
  const labelled = [];
  for await (const row of rows) {
    labelled.push({
      sentence1: row.text(first),
      sentence2: row.text(second),
      label: row.className('label'),
    });
  }
  yield* ofTriplets(classPairsToTriplets(labelled, { positive, negative }), name);
}

function* ofTriplets(triplets: readonly Triplet[], place: string): Generator<Example> {
  for (const { anchor, positive, negative } of triplets) {
    yield { anchor, positive, negatives: [negative], scores: undefined, place };
  }
}

/** The names of the columns of anchors and positives: those of the data, unless its rows have one text or classes. */
export function pairNames(dataset: Dataset, from: SourceFormat): readonly [string, string] {
  const [anchor, positive] =
    from === 'class-text' || from === 'class-pair'
      ? columnNames(dataFormat('triplet'), 3)
      : textColumns(dataset.columns);
  return [anchor as string, positive as string];
}
