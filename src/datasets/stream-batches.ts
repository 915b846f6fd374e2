import { counted } from '../counted.js';
import { InputError } from '../errors.js';
import { optionError } from '../options.js';
import { seededRandom } from '../random.js';
import { RowCheck, RowErrors } from './check-rows.js';
import { checkSettings } from './check-settings.js';
import type { IterableDataset, PlacedRow } from './dataset.js';
import { epochSeed } from './samplers/permutations.js';
import { shuffled } from './shuffle-buffer.js';
import { type TrainingBatch, trainingBatch } from './training-batch.js';
import { trainingColumns } from './training-columns.js';
import {
  batchSettings,
  type ResolvedDataOptions,
  type TrainingData,
  whereOf,
} from './training-data-options.js';

type Read = PlacedRow | InputError;

/**
 * Makes batches from a stream of rows. Only the shuffle buffer and one batch are held. To resume within an epoch, the rows of
 * that epoch are read again from its start.
 *
 * @throws OptionError if a batch sampler is set that needs all rows
 * @throws InputError as `openTrainingData`
 */
export async function streamBatches(
  source: IterableDataset,
  options: ResolvedDataOptions,
): Promise<TrainingData> {
  if (options.batchSampler !== 'batch_sampler') {
    throw optionError(
      'openTrainingData',
      'batchSampler',
      'needs a data set of known length; of a stream expected "batch_sampler"',
    );
  }
  let errors = new RowErrors(options.onError);
  const begun = await begin(source, errors);
  const { check, columns } = begun;
  const facts = { name: undefined, columns, labelShape: check.labelShape, rows: undefined };
  checkSettings([facts], options);
  let first: AsyncGenerator<PlacedRow> | undefined = begun.rows;

  const rowsOf = (): AsyncGenerator<PlacedRow> => {
    errors = new RowErrors(options.onError);
    return checked(source.open(), check, errors);
  };
  async function* batches(epoch: number, from = 0): AsyncGenerator<TrainingBatch> {
    // The first rows, which were read to find the columns, are not read a second time.
    const again = epoch === 0 ? first : undefined;
    if (again === undefined) await begun.close();
    first = undefined;
    const rows = again ?? rowsOf();
    const random = seededRandom(epochSeed(options.seed, 0, epoch));
    const ordered = options.shuffleBuffer === null ? rows : shuffled(rows, options.shuffleBuffer, random);
    let place = 0;
    for await (const some of inBatches(ordered, options)) {
      if (place++ < from) continue;
      yield trainingBatch(
        some.map(({ row }) => row),
        columns,
        batchSettings(options, undefined),
        (index) => some[index]?.place ?? '',
      );
    }
  }
  return {
    datasets: [facts],
    length: undefined,
    get skipped() {
      return errors;
    },
    firstRows: async () => await Promise.resolve([]),
    batches,
    close: begun.close,
  };
}

/** Reads up to the first usable row, which decides the columns. */
async function begin(source: IterableDataset, errors: RowErrors) {
  const where = whereOf(undefined);
  const iterator = source.open()[Symbol.asyncIterator]();
  try {
    for (let next = await iterator.next(); next.done !== true; next = await iterator.next()) {
      const read = next.value;
      if (read instanceof InputError) {
        errors.add(read);
        continue;
      }
      const columns = trainingColumns(Object.keys(read.row), where);
      const check = new RowCheck(columns);
      if (!isTaken(read, check, errors)) continue;
      const rest = checked({ [Symbol.asyncIterator]: () => iterator }, check, errors);
      const close = async (): Promise<void> => void (await iterator.return?.());
      return { columns, check, rows: startingWith(read, rest), close };
    }
  } catch (error) {
    await iterator.return?.();
    throw error;
  }
  throw new InputError(
    errors.count === 0
      ? `${where} has no rows; expected at least one`
      : `none of ${counted(errors.count, 'row')} can be trained on; the first: ${errors.reasons[0]}`,
  );
}

async function* startingWith(row: PlacedRow, rest: AsyncGenerator<PlacedRow>): AsyncGenerator<PlacedRow> {
  yield row;
  yield* rest;
}

/** The rows that can be trained on. */
async function* checked(
  rows: AsyncIterable<Read>,
  check: RowCheck,
  errors: RowErrors,
): AsyncGenerator<PlacedRow> {
  for await (const read of rows) {
    if (read instanceof InputError) errors.add(read);
    else if (isTaken(read, check, errors)) yield read;
  }
}

function isTaken({ row, place }: PlacedRow, check: RowCheck, errors: RowErrors): boolean {
  try {
    check.take(row, () => place);
    return true;
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    errors.add(error);
    return false;
  }
}

async function* inBatches(
  rows: AsyncIterable<PlacedRow>,
  { batchSize, dropLast }: ResolvedDataOptions,
): AsyncGenerator<readonly PlacedRow[]> {
  let batch: PlacedRow[] = [];
  for await (const row of rows) {
    batch.push(row);
    if (batch.length < batchSize) continue;
    yield batch;
    batch = [];
  }
  if (batch.length > 0 && !dropLast) yield batch;
}
