import { cpSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTrainingData } from '../../src/api/data.js';
import { arrayDataset } from '../../src/index.js';
import type { WireTensor } from '../../src/python/exchange.js';
import { fixturesFolder } from '../fixtures.js';
import type { Recipe } from './recipe.js';

export type Row = Readonly<Record<string, unknown>>;

/** The seed of our order of rows, which the reference is given. */
export const ORDER_SEED = 42;

/** Rows of a recipe: the first of its file, with the columns that it names. */
export function rowsOf({ data, rows }: Recipe): Row[] {
  const lines = readFileSync(join(fixturesFolder(), 'wordnet', data.file), 'utf8')
    .trim()
    .split('\n');
  const names = [...data.texts, ...(data.label === undefined ? [] : [data.label])];
  return lines.slice(0, rows).map((line) => {
    const row = JSON.parse(line) as Row;
    return Object.fromEntries(names.map((name) => [name, row[name]]));
  });
}

/** The batches of each epoch as row indices, as our trainer makes them of its seed. */
export async function epochsOf(recipe: Recipe, steps: number): Promise<number[][][]> {
  const rows = rowsOf(recipe);
  const [first = ''] = recipe.data.texts;
  const { perDeviceTrainBatchSize: batchSize = 8, gradientAccumulationSteps = 1 } = recipe.args;
  const place = new Map(rows.map((row, index) => [row[first], index]));
  if (place.size < rows.length) throw new Error(`${recipe.data.file} has a text twice in ${first}`);
  const data = await openTrainingData(arrayDataset(rows), { batchSize, seed: ORDER_SEED });
  const epochs: number[][][] = [];
  for (let done = 0; done < steps * gradientAccumulationSteps; done += data.length ?? Infinity) {
    const batches: number[][] = [];
    for await (const { texts } of data.batches(epochs.length)) {
      batches.push((texts[0] ?? []).map((text) => place.get(text) ?? Number.NaN));
    }
    epochs.push(batches);
  }
  await data.close();
  return epochs;
}

/** Labels of all rows; undefined where the loss has none. */
export function labelsOf(recipe: Recipe): WireTensor | undefined {
  const { label } = recipe.data;
  if (label === undefined) return undefined;
  const values = rowsOf(recipe).map((row) => row[label] as number | number[]);
  const [first] = values;
  const shape = Array.isArray(first) ? [values.length, first.length] : [values.length];
  return { dtype: 'float32', shape, data: Float32Array.from(values.flat()) };
}

/** The folder of a recipe's model, which drops units. */
export const fixtureOf = ({ model }: Recipe): string => join(fixturesFolder(), 'models', model);

/** Copies the model of a recipe into this folder, with every dropout set to 0. */
export function copyWithoutDropout(recipe: Recipe, folder: string): string {
  const copy = join(folder, recipe.name);
  cpSync(fixtureOf(recipe), copy, { recursive: true });
  for (const file of readdirSync(copy, { recursive: true, encoding: 'utf8' })) {
    if (!file.endsWith('config.json')) continue;
    const text = readFileSync(join(copy, file), 'utf8');
    writeFileSync(join(copy, file), text.replace(/("\w*dropout\w*"\s*:\s*)[\d.]+/g, '$10.0'));
  }
  return copy;
}
