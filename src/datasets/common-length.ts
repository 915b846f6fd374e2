import type { Features, FeatureValue } from '../features.js';
import { isTensor } from '../is-tensor.js';
import { tf } from '../tf.js';
import type { TrainingBatch } from './training-batch.js';

/**
 * The number of sizes that a compiled program can tell apart. They are the number of texts in a batch and, for each column,
 * the length of its texts and, if they are packed, the number of their tokens. A test compares it with the engine's table.
 */
export const MOST_SIZES = 7;

/** Up to this many columns can each have their own length, and be packed. */
const MOST_OWN_LENGTHS = 3;

/**
 * Assigns each column a number for its length. With few columns each has its own length. Otherwise, all columns with the same
 * prompt and task share one.
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

/** Whether a compiled program can distinguish the lengths of these groups and also the token counts of each column. */
export function canBePacked(groups: readonly number[]): boolean {
  return 1 + new Set(groups).size + groups.length <= MOST_SIZES;
}

/** Splits the joined features of `count` consecutive columns of equal size. Disposes the joined features. */
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
