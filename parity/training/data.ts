import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTrainingData } from '../../src/api/data.js';
import { arrayDataset } from '../../src/index.js';
import type { WireTensor } from '../../src/python/exchange.js';
import { fixturesFolder } from '../fixtures.js';
import { datasetsOf, type Recipe, type RecipeData } from './recipe.js';
import { zeroDropout } from './zero-dropout.js';

export type Row = Readonly<Record<string, unknown>>;
export type RecipeDataset = ReturnType<typeof arrayDataset>;
/** The batches of each epoch, as row numbers. The rows of several data sets are numbered consecutively. */
export type Epochs = readonly (readonly (readonly number[])[])[];

/** The seed for our order of rows. The reference receives the same order. */
export const ORDER_SEED = 42;

function readRows(file: string, from: number, to: number): Row[] {
  const lines = readFileSync(join(fixturesFolder(), 'wordnet', file), 'utf8')
    .trim()
    .split('\n');
  return lines.slice(from, to).map((line) => JSON.parse(line) as Row);
}

/** The first rows of a file, reduced to the named columns. */
export function rowsOf({ file, texts, label, rows }: Omit<RecipeData, 'loss'>): Row[] {
  const names = [...texts, ...(label === undefined ? [] : [label])];
  return readRows(file, 0, rows).map((row) => Object.fromEntries(names.map((name) => [name, row[name]])));
}

/** The training data of a recipe, in the form that a trainer accepts. Each data set passes through `change`. */
export function sourceOf(
  recipe: Recipe,
  change: (rows: readonly Row[]) => RecipeDataset = arrayDataset,
): RecipeDataset | Record<string, RecipeDataset> {
  const made = datasetsOf(recipe).map(([name, data]) => [name, change(rowsOf(data))] as const);
  const [[name, first] = []] = made;
  if (name === undefined && first !== undefined) return first;
  return Object.fromEntries(made.map(([own = '', dataset]) => [own, dataset]));
}

/** The batches of each epoch for this many steps, as our trainer makes them from its seed. */
export async function epochsOf(recipe: Recipe, steps: number): Promise<Epochs> {
  const places = placesOf(recipe);
  const { perDeviceTrainBatchSize: batchSize = 8, gradientAccumulationSteps = 1 } = recipe.args;
  const data = await openTrainingData(sourceOf(recipe), { batchSize, seed: ORDER_SEED });
  const epochs: number[][][] = [];
  for (let done = 0; done < steps * gradientAccumulationSteps; done += data.length ?? Infinity) {
    const batches: number[][] = [];
    for await (const { texts, dataset = '' } of data.batches(epochs.length)) {
      batches.push((texts[0] ?? []).map((text) => places.get(`${dataset}\n${text}`) ?? Number.NaN));
    }
    epochs.push(batches);
  }
  await data.close();
  return epochs;
}

/** The row number of each row, by its data set and its first text. */
function placesOf(recipe: Recipe): Map<string, number> {
  const places = new Map<string, number>();
  for (const [name = '', data] of datasetsOf(recipe)) {
    const [first = ''] = data.texts;
    for (const row of rowsOf(data)) {
      const key = `${name}\n${String(row[first])}`;
      if (places.has(key)) throw new Error(`${data.file} has the text "${String(row[first])}" twice`);
      places.set(key, places.size);
    }
  }
  return places;
}

/** The labels of all rows; undefined if the loss has none. */
export function labelsOf(data: RecipeData): WireTensor | undefined {
  const { label } = data;
  if (label === undefined) return undefined;
  const values = rowsOf(data).map((row) => row[label] as number | number[]);
  const [first] = values;
  const shape = Array.isArray(first) ? [values.length, first.length] : [values.length];
  return { dtype: 'float32', shape, data: Float32Array.from(values.flat()) };
}

const QUERIES = 40;
const DOCUMENTS = 160;

/**
 * Words as documents, and definitions as queries, each of which must find its own word. The trained models have seen some of
 * them. Words would be bad queries: an inference-free model scores all documents equally for an unknown word, and each side
 * would then order them in its own way.
 */
export function retrievalTask(): { queries: string[]; documents: string[]; relevant: Set<number>[] } {
  const rows = readRows('pair.jsonl', 0, DOCUMENTS);
  return {
    queries: rows.slice(0, QUERIES).map(({ positive }) => String(positive)),
    documents: rows.map(({ anchor }) => String(anchor)),
    relevant: rows.slice(0, QUERIES).map((_, place) => new Set([place])),
  };
}

/** The folder of a recipe's model, which has dropout. */
export const fixtureOf = ({ model }: Recipe): string => join(fixturesFolder(), 'models', model);

/** Copies the model of a recipe into this folder, with every dropout set to 0. */
export function copyWithoutDropout(recipe: Recipe, folder: string): string {
  const copy = join(folder, recipe.name);
  cpSync(fixtureOf(recipe), copy, { recursive: true });
  zeroDropout(copy);
  return copy;
}
