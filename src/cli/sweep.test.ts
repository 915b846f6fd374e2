// @module-tag slow
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import type { SweepPoint } from '../evaluators/sweep.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';
import { dataFile, jsonLines, PAIRS } from '../testing/train-command.js';
import { readSweep } from './sweep-result.js';

const MODEL = modelFixture('splade-bert');

function taskFolder(): string {
  const folder = join(temporaryFolder(), 'task');
  mkdirSync(folder);
  const texts = PAIRS.map(({ anchor, positive }, id) => ({ id: `${id}`, anchor, positive }));
  const write = (name: string, rows: readonly object[]): void =>
    writeFileSync(join(folder, name), jsonLines(rows));
  write(
    'queries.jsonl',
    texts.map(({ id, anchor }) => ({ id, text: anchor })),
  );
  write(
    'corpus.jsonl',
    texts.map(({ id, positive }) => ({ id, text: positive })),
  );
  write(
    'qrels.jsonl',
    texts.map(({ id }) => ({ query_id: id, corpus_id: id })),
  );
  return folder;
}

it('prints a line for each truncation that fits a terminal, and JSON', async () => {
  const task = taskFolder();
  const sweep = ['sweep', MODEL, '--task', task, '--max-active-dims', '2,4', '--ratios', ''];
  const { code, stdout, stderr } = await runHere(sweep);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  expect(stdout.split('\n').map((line) => line.slice(0, 10).trim())).toEqual([
    '',
    'all terms',
    'at most 2',
    'at most 4',
    '',
  ]);
  expect(Math.max(...stdout.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
  const svg = join(temporaryFolder(), 'sweep.svg');
  expect((await runHere([...sweep, '--svg', svg])).code).toBe(0);
  expect(readFileSync(svg, 'utf8')).toMatch(/^<svg [^]*>at most n terms<[^]*<\/svg>\n$/);
  const again = await runHere([...sweep, '--svg', svg]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists')]);
  const { points } = JSON.parse((await runHere([...sweep, '--json'])).stdout) as { points: SweepPoint[] };
  expect(points.map(({ value }) => value)).toEqual([null, 2, 4]);
  expect(points[1]?.corpusActiveDims).toBeLessThanOrEqual(2);
});

it('writes the figures for a report', async () => {
  const [task, results] = [taskFolder(), join(temporaryFolder(), 'sweep.json')];
  const sweep = ['sweep', MODEL, '--task', task, '--max-active-dims', '2', '--ratios', ''];
  expect((await runHere([...sweep, '--results', results])).code).toBe(0);
  const written = await readSweep(results);
  expect(written).toMatchObject({ task, k: 10, varied: null });
  expect(written?.points.map(({ name }) => name)).toEqual(['all terms', 'at most 2']);
  const again = await runHere([...sweep, '--results', results]);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists')]);
});

it('trains a model for each value of a setting, once', async () => {
  const [task, output] = [taskFolder(), join(temporaryFolder(), 'runs')];
  const config = dataFile(
    JSON.stringify({
      model: MODEL,
      train: dataFile(jsonLines(PAIRS)),
      output: 'is replaced',
      maxSteps: 1,
      saveStrategy: 'no',
    }),
    'train.json',
  );
  const sweep = [
    'sweep',
    '--config',
    config,
    '--vary',
    'documentRegularizerWeight=0,10',
    '--output',
    output,
    '--task',
    task,
  ];
  const { code, stdout } = await runHere(sweep);
  expect(code).toBe(0);
  expect(stdout).toMatch(/\ndocumentRegularizerWeight 0 .*\ndocumentRegularizerWeight 10 /);
  expect(readdirSync(output).toSorted()).toEqual([
    'documentRegularizerWeight-0',
    'documentRegularizerWeight-10',
    'sweep.json',
  ]);
  expect(await readSweep(join(output, 'sweep.json'))).toMatchObject({ varied: 'documentRegularizerWeight' });
  const again = await runHere(sweep);
  expect(again.stderr).toContain('is there already; it is not trained again');
  expect(existsSync('is replaced')).toBe(false);
});

it.each([
  [[], 'sweep takes either a model, or all of --config, --vary and --output'],
  [[MODEL, '--config', 'train.json'], 'sweep takes either a model'],
  [
    [MODEL, '--max-active-dims', '8,,16'],
    'Expected a list of whole numbers of at least 1, with commas between them.',
  ],
  [['--config', 'c', '--output', 'o', '--vary', 'weight=1,1'], 'expected a setting and different numbers'],
])('refuses %j', async (args, told) => {
  const { code, stderr } = await runHere(['sweep', ...args, '--task', taskFolder()]);
  expect(stderr).toContain(told);
  expect(code).toBe(2);
});
