import type { Random } from '../random.js';
import type { PlacedRow } from './dataset.js';

/** The limits of the buffer that shuffles a stream. */
export interface ShuffleBuffer {
  readonly rows: number;
  /** The size of the rows' values in memory. */
  readonly bytes: number;
}

/**
 * Shuffles the rows of a stream within a buffer. The buffer stays within its limits, but always holds at least one row.
 */
export async function* shuffled(
  rows: AsyncIterable<PlacedRow>,
  { rows: most, bytes: mostBytes }: ShuffleBuffer,
  random: Random,
): AsyncGenerator<PlacedRow> {
  const held: PlacedRow[] = [];
  let bytes = 0;
  const takeOne = (): PlacedRow => {
    const place = random.below(held.length);
    const taken = held[place] as PlacedRow;
    held[place] = held.at(-1) as PlacedRow;
    held.pop();
    bytes -= sizeOf(taken.row);
    return taken;
  };
  const isOverfull = (): boolean => held.length > most || (bytes > mostBytes && held.length > 1);
  for await (const row of rows) {
    held.push(row);
    bytes += sizeOf(row.row);
    while (isOverfull()) yield takeOne();
  }
  while (held.length > 0) yield takeOne();
}

/** The approximate size of a row's values in bytes: two for each character, eight for each number. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string') return 2 * value.length;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  if (typeof value !== 'object' || value === null) return 8;
  return Object.values(value).reduce<number>((sum, part) => sum + sizeOf(part), 0);
}
