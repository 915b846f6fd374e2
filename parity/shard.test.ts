import { expect, it } from 'vitest';
import type { Chosen } from './choose.js';
import { modelCells } from './models/plan.js';
import { ofShard, readShard, shardOf } from './shard.js';
import { cellName, suiteCells } from './suite.js';

const whole: Chosen = { cells: suiteCells(), models: modelCells(), training: [] };

it('splits every cell and model among the shards, each once', () => {
  const parts = [1, 2, 3, 4].map((index) => ofShard(whole, { index, count: 4 }));
  const names = parts.flatMap(({ cells }) => cells.map(cellName));
  expect(names.toSorted()).toEqual(whole.cells.map(cellName).toSorted());
  expect(parts.flatMap(({ models }) => models)).toHaveLength(whole.models.length);
  for (const { cells } of parts) {
    expect(Math.abs(cells.length - whole.cells.length / 4)).toBeLessThan(1);
  }
  const sources = parts.map(({ models }) => new Set(models.map(({ source }) => source.name)));
  expect(sources.reduce((sum, { size }) => sum + size, 0)).toBe(
    new Set(whole.models.map(({ source }) => source.name)).size,
  );
});

it('is everything without a shard, and refuses one without work', () => {
  expect(ofShard(whole, undefined)).toBe(whole);
  expect(() => ofShard(whole, { index: 900, count: 900 })).toThrow(/--shard 900\/900 has nothing to compare/);
});

it('reads a shard', () => {
  expect(readShard('2/4')).toEqual({ index: 2, count: 4 });
  expect(shardOf(['--losses', 'A', '--shard=2/4'])).toEqual({ index: 2, count: 4 });
  expect(shardOf(['--shard', '5/4'])).toBeUndefined();
});

it.each(['0/4', '5/4', '4', '1/4/2', 'a/b', '1.5/2', ''])('refuses %j', (value) => {
  expect(() => readShard(value)).toThrow(/Expected I\/N/);
});
