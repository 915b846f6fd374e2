import type { Features, FeatureValue } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { tf } from '../tf.js';
import type { TrainingBatch } from './training-batch.js';

/**
 * The sizes that a compiled program tells apart: the texts of a batch, and for each column the length of its texts and, if
 * they are packed, the number of their tokens.
 */
const MOST_SIZES = 7;

/** With up to this many columns each may have a length of its own, and be packed. */
const MOST_OWN_LENGTHS = 3;

/**
 * For each column the number of its length: its own one while columns are few, otherwise one for all columns that texts of
 * one prompt and task make.
 */
export function lengthGroups({
  texts,
  prompts,
  tasks,
}: Pick<TrainingBatch, 'texts' | 'prompts' | 'tasks'>): number[] {
  if (texts.length <= MOST_OWN_LENGTHS) return texts.map((_, column) => column);
  const kinds = texts.map((_, column) => JSON.stringify([prompts[column] ?? null, tasks[column] ?? null]));
  return kinds.map((kind) => [...new Set(kinds)].indexOf(kind));
}

/** Whether a compiled program can tell the lengths of these groups apart and the tokens of each column, too. */
export function canBePacked(groups: readonly number[]): boolean {
  return 1 + new Set(groups).size + groups.length <= MOST_SIZES;
}

/** The features of `count` columns of equal size that stand one after the other. Disposes the joined ones. */
export async function splitColumns(joined: Features, count: number): Promise<Features[]> {
  if (count === 1) return [joined];
  const rows = joined.inputIds?.shape[0] ?? 0;
  const columns = Array.from({ length: count }, (): Features => ({}));
  for (const [name, value] of Object.entries(joined)) {
    const parts = await partsOf(value, rows, count);
    columns.forEach((column, index) => (column[name] = parts[index]));
  }
  for (const value of Object.values(joined)) if (isTensor(value)) value.dispose();
  return columns;
}

async function partsOf(value: FeatureValue, rows: number, count: number): Promise<FeatureValue[]> {
  if (!isTensor(value)) return Array.from({ length: count }, () => value);
  if (value.shape[0] !== rows) return Array.from({ length: count }, () => value.clone());
  const elements = await value.data();
  const [size, shape] = [elements.length / count, [rows / count, ...value.shape.slice(1)]];
  return Array.from({ length: count }, (_, column) =>
    tf.tensor(elements.slice(column * size, (column + 1) * size), shape, value.dtype),
  );
}
