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
 * A data set of rows from a generator, or from anything else that can be iterated. The rows are never all in memory. Several
 * epochs need the rows again each time, so pass a function that starts the generator.
 *
 *     const pairs = streamDataset(async function* () {
 *       for await (const line of lines) yield JSON.parse(line);
 *     });
 *
 * @throws InputError if the source cannot be iterated
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
          'the stream of rows can be read only once, but another epoch needs it again; give a function that restarts it',
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

/** Whether the rows are themselves an iterator, as a generator's rows are. */
const isOnce = (rows: Rows): boolean => typeof (rows as { next?: unknown }).next === 'function';
