import { parseArgs } from 'node:util';
import { InvalidArgumentError } from 'commander';
import { UsageError } from '../src/errors.js';
import type { Chosen } from './choose.js';
import type { Shard } from './report/parity-report.js';

/** Reads `I/N`: part I, from 1, of N. */
export function readShard(value: string): Shard {
  const [, index, count] = (/^(\d+)\/(\d+)$/.exec(value) ?? []).map(Number);
  if (index === undefined || count === undefined || index < 1 || index > count) {
    throw new InvalidArgumentError('Expected I/N, a part from 1 to N and the number of parts, such as 1/4.');
  }
  return { index, count };
}

/** The shard that a command line names, even if the command line is wrong otherwise. */
export function shardOf(words: readonly string[]): Shard | undefined {
  const { values } = parseArgs({
    args: [...words],
    strict: false,
    options: { shard: { type: 'string' } },
  });
  const { shard } = values;
  try {
    return typeof shard === 'string' ? readShard(shard) : undefined;
  } catch {
    // The parser of the command line says what is wrong.
    return undefined;
  }
}

/** Every N-th item. */
export const partOf = <Item>(items: readonly Item[], { index, count }: Shard): Item[] =>
  items.filter((_, position) => position % count === index - 1);

/**
 * A shard's part of what was chosen: every N-th cell, model and training run, so that neighbours of a kind are spread. It
 * depends on nothing but the selection.
 */
export function ofShard(chosen: Chosen, shard: Shard | undefined): Chosen {
  if (shard === undefined) return chosen;
  const own = <Item>(items: readonly Item[]): Item[] => partOf(items, shard);
  const sources = own([...new Set(chosen.models.map(({ source }) => source))]);
  const part = {
    ...chosen,
    cells: own(chosen.cells),
    // A model's cells stay together, for its wrong variants need all of them.
    models: chosen.models.filter(({ source }) => sources.includes(source)),
    training: own(chosen.training),
  };
  if (part.cells.length + part.models.length + part.training.length === 0) {
    throw emptyShard(shard);
  }
  return part;
}

export const emptyShard = ({ index, count }: Shard): UsageError =>
  new UsageError(`--shard ${index}/${count} has nothing to compare: this run has fewer parts`);
