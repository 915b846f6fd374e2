// @module-tag slow
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { modelFixture } from '../../testing/new-encoders.js';
import { runHere } from '../../testing/run-command.js';
import {
  dataFile as fileOf,
  jsonLines as lines,
  newRunFolder as newFolder,
  PAIRS,
} from '../../testing/train-command.js';

const MODEL = modelFixture('splade-bert');

const jsonOf = async (args: string[]): Promise<Record<string, unknown>> =>
  JSON.parse((await runHere(args)).stdout) as Record<string, unknown>;

it('leaves rows out that cannot be trained on where it is told to, and says how many', async () => {
  const bad = '{"anchor": "a", "positive": "b", "score": "high"}\n';
  const rows = lines(PAIRS.map((pair, row) => ({ ...pair, score: row / 8 })));
  const pairs = fileOf(`${bad}${rows}${'{"anchor": 3, "positive": "a", "score": 1}\n'.repeat(6)}`);
  const args = ['train', '--model', MODEL, '--train', pairs, '--max-steps', '3', '--quiet'];
  const stopped = await runHere([...args, '--output', newFolder()]);
  expect(stopped.code).toBe(2);
  const skip = [...args, '--on-error', 'skip', '--output'];
  const output = newFolder();
  const { code, stdout, stderr } = await runHere([...skip, output]);
  expect([code, stderr]).toEqual([0, '']);
  expect(stdout).toMatch(/\nskipped: 7 rows that cannot be trained on\n {2}[^\n]*:1: /);
  expect(stdout).toContain('\n  and 2 others\nsaved: ');
  for (const line of stdout.split('\n').filter((each) => !each.includes(output))) {
    expect(line.length).toBeLessThanOrEqual(80);
  }
  const told = await jsonOf([...skip, newFolder(), '--json']);
  expect(told['skippedRows']).toMatchObject({ count: 7 });
  const metrics = readFileSync(join(output, 'metrics.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(metrics.at(-1) ?? '')).toMatchObject({ train_skipped_rows: 7 });
  expect(metrics.at(-1)).not.toContain('eval_skipped_rows');
  expect(readFileSync(join(output, 'final', 'README.md'), 'utf8')).toContain('dataset_size:8');
});

it('says which rows of the evaluation were left out', async () => {
  const rows = lines(PAIRS.map((pair, row) => ({ ...pair, score: row / 8 })));
  const evaluated = fileOf(`${rows}${'{"anchor": "a", "positive": null, "score": 1}\n'.repeat(2)}`);
  const run = ['train', '--model', MODEL, '--train', fileOf(rows), '--eval', evaluated, '--max-steps', '1'];
  const skip = [...run, '--quiet', '--on-error', 'skip', '--output'];
  const output = newFolder();
  const { code, stdout } = await runHere([...skip, output]);
  expect(code).toBe(0);
  expect(stdout).toMatch(
    /\nskipped: 2 rows that cannot be evaluated on\n {2}[^\n]*:9: [^:]*\n {2}[^\n]*:10: /,
  );
  expect(stdout).not.toContain('eval_skipped_rows');
  const told = await jsonOf([...skip, newFolder(), '--json']);
  expect(told).toMatchObject({ skippedRows: { count: 0 }, skippedEvalRows: { count: 2 } });
  expect(Object.keys(told['metrics'] as object)).not.toContain('eval_skipped_rows');
  const metrics = readFileSync(join(output, 'metrics.jsonl'), 'utf8').trim().split('\n');
  expect(JSON.parse(metrics.at(-1) ?? '')).toMatchObject({ train_skipped_rows: 0, eval_skipped_rows: 2 });
});
