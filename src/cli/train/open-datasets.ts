import { basename, extname } from 'node:path';
import type { Dataset } from '../../datasets/dataset.js';
import { readDataset } from '../../datasets/files/read-dataset.js';
import { InputError } from '../../errors.js';
import type { TrainSettings } from './settings.js';

export type NamedDatasets = readonly (readonly [name: string | undefined, dataset: Dataset])[];

/** Opens the data sets of the settings. A single file has no name. */
export async function openDatasets({
  train,
  columns,
}: Pick<TrainSettings, 'train' | 'columns'>): Promise<NamedDatasets> {
  const opened: [string | undefined, Dataset][] = [];
  try {
    for (const [name, path] of namedFiles(train)) opened.push([name, await readDataset(path, { columns })]);
    return opened;
  } catch (error) {
    await closeAll(opened);
    throw error;
  }
}

export async function closeAll(datasets: NamedDatasets): Promise<void> {
  for (const [, dataset] of datasets) await dataset.close?.();
}

function namedFiles(train: TrainSettings['train']): readonly (readonly [string | undefined, string])[] {
  if (typeof train === 'string') return [[undefined, train]];
  if (!Array.isArray(train)) return Object.entries(train as Readonly<Record<string, string>>);
  const files = train as readonly string[];
  const [only] = files;
  if (only !== undefined && files.length === 1) return [[undefined, only]];
  const named = files.map((path) => [basename(path, extname(path)), path] as const);
  const twice = named.find(([name], index) => named.findIndex(([other]) => other === name) < index);
  if (twice === undefined) return named;
  throw new InputError(
    `two files of training data are named ${twice[0]}; give them as an object of files by name`,
  );
}
