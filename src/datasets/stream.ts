import { type ArgumentRule, checkArguments, isObject } from '../arguments.js';
import { InputError } from '../errors.js';
import type { IterableDataset, PlacedRow, Row } from './dataset.js';
import { asRow } from './files/json-row.js';

type Rows = Iterable<Row> | AsyncIterable<Row>;

const isIterable = (value: unknown): boolean =>
  isObject(value) && (Symbol.asyncIterator in value || Symbol.iterator in value);

const SOURCE: ArgumentRule = {
  expects: 'an iterable of rows, or a function that returns one',
  accepts: (value) => typeof value === 'function' || isIterable(value),
};

/**
 * Rows that come from a generator, or from anything else that can be iterated: they are never held whole. For several
 * epochs it must give them anew each time, so give a function for a generator.
 *
 *     const pairs = streamDataset(async function* () {
 *       for await (const line of lines) yield JSON.parse(line);
 *     });
 *
 * @throws InputError for anything else
 */
export function streamDataset(source: Rows | (() => Rows)): IterableDataset {
  checkArguments('streamDataset', { source: SOURCE }, { source });
  let isUsedUp = false;
  return {
    async *open() {
      const rows = typeof source === 'function' ? source() : source;
      if (!isIterable(rows)) throw new InputError('streamDataset: the function returned no iterable of rows');
      if (isUsedUp) {
        throw new InputError(
          'the stream of rows can be read only once, and is read for another epoch; give a function that begins it anew',
        );
      }
      isUsedUp = isOnce(rows) && typeof source !== 'function';
      let index = 0;
      for await (const row of rows) yield placed(row, `row ${index++}`);
    },
  };
}

function placed(row: unknown, place: string): PlacedRow | InputError {
  try {
    return { row: asRow(row, place), place };
  } catch (error) {
    if (error instanceof InputError) return error;
    throw error;
  }
}

/** Whether rows are an iterator themselves, as those of a generator are. */
const isOnce = (rows: Rows): boolean => typeof (rows as { next?: unknown }).next === 'function';
