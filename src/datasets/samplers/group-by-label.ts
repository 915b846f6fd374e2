import { describe } from '../../describe.js';
import { InputError, OptionError } from '../../errors.js';
import { type Dataset, placeIn } from '../dataset.js';
import { eachRow } from '../each-row.js';
import { columnAt } from '../training-batch.js';
import { LABEL_NAMES } from '../training-columns.js';
import type { MakeBatchSampler } from './batch-sampler.js';

/** The rows of one label that go together: an anchor and a positive. */
const PAIR = 2;
/** The size of the smallest batch: pairs of two labels. */
const LEAST = 2 * PAIR;

/**
 * Batches of pairs of rows with the same label. The labels take turns, in a new random order in each round, until only one
 * label is left. A label with one row is left out, and so is the odd row of a label.
 *
 * @throws OptionError if the batch size is odd or less than 4
 * @throws InputError if there is no label column, or if fewer than two labels have at least two rows
 */
export const groupByLabel: MakeBatchSampler = async (dataset, { batchSize, dropLast, permutations }) => {
  if (batchSize < LEAST || batchSize % PAIR !== 0) {
    throw new OptionError(
      `group_by_label: the batch size is ${batchSize}; expected an even number of at least ${LEAST}`,
    );
  }
  const all = await rowsByLabel(dataset);
  const groups = [...all.values()].filter((rows) => rows.length >= PAIR);
  if (groups.length < 2) {
    throw new InputError(
      `group_by_label: ${groups.length} of the ${all.size} labels have two rows or more; expected at least 2 such labels`,
    );
  }
  const rows = streamLength(groups);
  const rest = rows % batchSize;
  return {
    length: Math.floor(rows / batchSize) + (!dropLast && rest >= LEAST ? 1 : 0),
    *batches(epoch) {
      let batch: number[] = [];
      for (const pair of pairsInTurn(groups, permutations(epoch), () => batch.length > 0)) {
        batch.push(...pair);
        if (batch.length < batchSize) continue;
        yield batch;
        batch = [];
      }
      if (!dropLast && batch.length >= LEAST) yield batch;
    },
  };
};

async function rowsByLabel(dataset: Dataset): Promise<Map<number | string, number[]>> {
  const column = LABEL_NAMES.find((name) => dataset.columns.includes(name));
  if (column === undefined) {
    throw new InputError(
      `group_by_label: the columns are ${dataset.columns.join(', ')}; expected one of ${LABEL_NAMES.join(', ')}`,
    );
  }
  const groups = new Map<number | string, number[]>();
  for await (const [index, row] of eachRow(dataset)) {
    const label = labelOf(row[column], () => columnAt(placeIn(dataset, index), column));
    const group = groups.get(label);
    if (group === undefined) groups.set(label, [index]);
    else group.push(index);
  }
  return groups;
}

/** Treats labels as equal if Python does: true and 1. */
function labelOf(value: unknown, where: () => string): number | string {
  if (typeof value === 'string') return value;
  const number = ['number', 'bigint', 'boolean'].includes(typeof value) ? Number(value) : NaN;
  if (!Number.isNaN(number)) return number;
  throw new InputError(
    `group_by_label: ${where()} is ${describe(value)}; expected a class, a number or a text`,
  );
}

/** The number of rows in an epoch. Each label gives a pair in each round. When the second largest is used up, one label is left. */
function streamLength(groups: readonly (readonly number[])[]): number {
  const pairs = groups.map((rows) => Math.floor(rows.length / PAIR)).toSorted((a, b) => b - a);
  const rounds = pairs[1] ?? 0;
  return PAIR * pairs.reduce((sum, count) => sum + Math.min(count, rounds), 0);
}

function* pairsInTurn(
  groups: readonly (readonly number[])[],
  permute: (length: number) => Uint32Array,
  isBatchBegun: () => boolean,
): Generator<number[]> {
  const queues = groups.map((rows) => {
    const even = rows.length - (rows.length % PAIR);
    return { rows: Array.from(permute(rows.length).subarray(0, even), (at) => rows[at] as number), next: 0 };
  });
  type Queue = (typeof queues)[number];
  let left: Queue[] = queues;
  let last: Queue | undefined;
  while (left.length >= 2) {
    const order = Array.from(permute(left.length), (at) => left[at] as Queue);
    // If the previous pair is in the same batch, this pair needs another label.
    if (isBatchBegun() && order[0] === last) order.unshift(...order.splice(1, 1));
    for (const queue of order) {
      yield queue.rows.slice(queue.next, queue.next + PAIR);
      queue.next += PAIR;
    }
    last = order.at(-1);
    left = order.filter(({ rows, next }) => next < rows.length);
  }
}
