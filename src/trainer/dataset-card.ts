import type { Row } from '../datasets/dataset.js';
import type { DatasetFacts, TrainingData } from '../datasets/training-data-options.js';
import type { SparseEncoder } from '../encoder/sparse-encoder.js';

/** The number of rows that statistics and samples are taken from. */
const LOOKED_AT = 100;
const SAMPLES = 3;
const SHOWN_CHARACTERS = 120;

/** What a model card says about a data set. */
export interface DatasetCard {
  readonly name: string | undefined;
  /** Undefined for a stream. */
  readonly rows: number | undefined;
  readonly columns: readonly ColumnCard[];
  /** Values of the first rows, in the order of the columns. */
  readonly samples: readonly (readonly string[])[];
}

interface ColumnCard {
  readonly name: string;
  /** The minimum, mean and maximum tokens of a text; undefined for labels. */
  readonly tokens: readonly [number, number, number] | undefined;
}

/** Describes data sets of known length by their first rows. A stream can be read only once, so only its columns are given. */
export async function datasetCards(data: TrainingData, model: SparseEncoder): Promise<DatasetCard[]> {
  const cards: DatasetCard[] = [];
  for (const [place, facts] of data.datasets.entries()) {
    cards.push(await cardOf(facts, await data.firstRows(place, LOOKED_AT), model));
  }
  return cards;
}

async function cardOf(
  { name, columns: { inputs, label }, rows: length }: DatasetFacts,
  rows: readonly Row[],
  model: SparseEncoder,
): Promise<DatasetCard> {
  const columns: ColumnCard[] = [];
  for (const column of inputs) {
    const texts = rows.flatMap((row) => {
      const value = row[column];
      return typeof value === 'string' ? [value] : [];
    });
    const lengths = texts.length === 0 ? [] : (await model.tokenize(texts)).map((ids) => ids.length);
    const mean = lengths.reduce((sum, each) => sum + each, 0) / lengths.length;
    columns.push({
      name: column,
      tokens: lengths.length === 0 ? undefined : [Math.min(...lengths), mean, Math.max(...lengths)],
    });
  }
  if (label !== undefined) columns.push({ name: label, tokens: undefined });
  const samples = rows.slice(0, SAMPLES).map((row) => columns.map(({ name: column }) => shown(row[column])));
  return { name, rows: length, columns, samples };
}

function shown(value: unknown): string {
  const text = typeof value === 'string' ? value : (JSON.stringify(value) ?? '');
  return text.length <= SHOWN_CHARACTERS ? text : `${text.slice(0, SHOWN_CHARACTERS)}...`;
}
