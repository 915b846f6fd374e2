// @module-tag slow
import { appendFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';
import { dataFile, jsonLines, newRunFolder, PAIRS } from '../testing/train-command.js';

const MODEL = modelFixture('splade-bert');

async function trainedRun(): Promise<string> {
  const run = newRunFolder();
  const pairs = [...PAIRS, { anchor: '<script>alert(1)</script>', positive: 'a & b' }];
  const args = ['--model', MODEL, '--train', dataFile(jsonLines(pairs)), '--output', run];
  const { code, stderr } = await runHere([
    'train',
    ...args,
    '--max-steps',
    '3',
    '--logging-steps',
    '1',
    '--save-steps',
    '2',
    '--quiet',
  ]);
  expect([code, stderr]).toEqual([0, expect.any(String)]);
  return run;
}

function taskFolder(): string {
  const folder = join(temporaryFolder(), 'task');
  mkdirSync(folder);
  const write = (name: string, rows: readonly object[]): void =>
    writeFileSync(join(folder, name), jsonLines(rows));
  write(
    'queries.jsonl',
    PAIRS.map(({ anchor: text }, id) => ({ id: `${id}`, text: `${text} <b>` })),
  );
  write(
    'corpus.jsonl',
    PAIRS.map(({ positive: text }, id) => ({ id: `${id}`, text })),
  );
  write(
    'qrels.jsonl',
    PAIRS.map((_, id) => ({ query_id: `${id}`, corpus_id: `${id}` })),
  );
  return folder;
}

/** What holds for each of our pages. */
function expectPage(html: string): void {
  expect(html).toMatch(/^<!doctype html>\n<html lang="en">/);
  expect(html).toContain('<title>');
  // Nothing is loaded from elsewhere, and nothing is run.
  expect(html).not.toMatch(/<script|<link|<img|@import|url\(|src=/);
  const levels = [...html.matchAll(/<h(\d)[ >]/g)].map(([, level]) => Number(level));
  expect(levels[0]).toBe(1);
  for (const [index, level] of levels.entries()) {
    expect(level - (levels[index - 1] ?? 0)).toBeLessThanOrEqual(1);
  }
  for (const [, target] of html.matchAll(/href="#([^"]+)"/g)) expect(html).toContain(`id="${target}"`);
  const figures = html.split('<figure>').slice(1);
  for (const figure of figures) {
    expect(figure).toMatch(
      /role="img" aria-label="[^"]+"[^]*<details(?: open)?><summary>Numbers<[^]*<table>/,
    );
  }
  expect(html).not.toContain('NaN');
}

it('reports a run with its curves, texts before and after, and worst queries', async () => {
  const run = await trainedRun();
  const task = taskFolder();
  const results = join(run, 'sweep.json');
  const sweep = ['sweep', join(run, 'final'), '--task', task, '--results', results];
  expect((await runHere([...sweep, '--max-active-dims', '2,4', '--ratios', '0.5'])).code).toBe(0);
  const args = ['report', run, '--task', task, '--base', MODEL];
  const { code, stdout } = await runHere(args);
  expect([code, stdout]).toEqual([0, `${join(run, 'report.html')}\n`]);
  const html = readFileSync(join(run, 'report.html'), 'utf8');
  expectPage(html);
  for (const title of ['Loss', 'Regularizers', 'Active dimensions', 'Learning rate']) {
    expect(html).toContain(`<figcaption>${title}</figcaption>`);
  }
  expect(html).toContain('3 steps in ');
  expect(html).toMatch(/<caption>before<[^]*<caption>after</);
  expect(html).toContain('&lt;b&gt;');
  expect(html).toContain('The queries with the lowest nDCG');
  expect(html).toContain('<h3>Training Dataset</h3>');
  expect(html).toContain('<caption>Samples</caption>');
  expect(html).not.toContain('Training Logs');
  const [, swept = ''] = html.split('id="sweep"');
  expect(swept.match(/<svg [^>]*class="scatter"/g)).toHaveLength(2);
  for (const name of ['all terms', 'at most 2', 'at most 4', 'above 0.5 of the largest']) {
    expect(swept).toContain(`<th scope="row">${name}</th>`);
  }
  const [, environment = ''] = html.split('id="environment"');
  expect(environment).toMatch(/<th scope="row">engine<\/th><td>onnx</);
  expect(environment).toMatch(/<th scope="row">cores<\/th><td>[1-9]/);
  expect(environment).toMatch(/<th scope="row">ONNX Runtime<\/th><td>1\./);
  const again = await runHere(args);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists')]);
});

it('says of a run that was cut off where that was, and leaves half a line out', async () => {
  const run = await trainedRun();
  rmSync(join(run, 'final'), { recursive: true });
  appendFileSync(join(run, 'metrics.jsonl'), '{"loss": 1.2, "st');
  const { code } = await runHere(['report', run]);
  expect(code).toBe(0);
  const html = readFileSync(join(run, 'report.html'), 'utf8');
  expectPage(html);
  expect(html).toContain('This run was cut off after step 3, or still goes on. The newest model is');
  expect(html).toContain('checkpoint-3');
  expect(html).toContain('1 line of its log is not whole');
});

it('names a value that is not a number, and refuses figures that are none of a sweep', async () => {
  const run = temporaryFolder();
  const log = [{ loss: 1, eval_sts_spearman_dot: Number.NaN, step: 1 }];
  writeFileSync(join(run, 'metrics.jsonl'), jsonLines(log));
  expect((await runHere(['report', run])).code).toBe(0);
  const html = readFileSync(join(run, 'report.html'), 'utf8');
  expectPage(html);
  expect(html).toMatch(/<th scope="row">eval_sts_spearman_dot<\/th><td>not a number</);
  expect(html).toContain('<figcaption>Correlation</figcaption>');
  const other = join(run, 'other.json');
  const args = ['report', run, '--force', '--sweep', other];
  expect((await runHere(args)).stderr).toContain(`there is no file ${other}`);
  writeFileSync(other, '{"schemaVersion": 1, "points": []}');
  expect((await runHere(args)).stderr).toContain('other.json: task: ');
});

it('says that nothing could be encoded where the run has no model', async () => {
  const run = temporaryFolder();
  writeFileSync(join(run, 'metrics.jsonl'), jsonLines([{ loss: 1, step: 1 }]));
  expect((await runHere(['report', run, '--task', taskFolder()])).code).toBe(0);
  const html = readFileSync(join(run, 'report.html'), 'utf8');
  expectPage(html);
  expect(html).toContain('It has no checkpoint.');
  expect(html).toContain('The run has left no model that could encode them.');
});

it.each([
  ['a folder without a run', () => temporaryFolder(), [], 'metrics.jsonl; expected the folder of a run'],
  [
    'a log without entries',
    () => {
      const folder = temporaryFolder();
      writeFileSync(join(folder, 'metrics.jsonl'), 'nothing\n');
      return folder;
    },
    [],
    'has no whole entry',
  ],
])('refuses %s', async (_, folder, args, told) => {
  const { code, stderr } = await runHere(['report', folder(), ...args]);
  expect(stderr).toContain(told);
  expect(code).toBe(2);
});

it('explains a score as a page', async () => {
  const html = join(temporaryFolder(), 'why.html');
  const explain = ['explain', MODEL, 'the handle of a <sword>', 'a cloud of particles', '--html', html];
  expect((await runHere(explain)).code).toBe(0);
  const page = readFileSync(html, 'utf8');
  expectPage(page);
  expect(page).toContain('the handle of a &lt;sword&gt;');
  expect(page).toMatch(
    /<caption>Shared terms, by what they add to the score<[^]*class="bar (?:own|expansion)"/,
  );
  // Whoever sees no stripes hears where a term comes from, in each row of the shared terms.
  const shared = page.slice(page.indexOf('Shared terms, by'), page.indexOf('id="query"'));
  const rows = shared.split('<tr>').slice(2);
  expect(rows.length).toBeGreaterThan(0);
  for (const row of rows) {
    expect(row.match(/class="unseen"> (?:in the text|expansion)</g)).toHaveLength(2);
  }
  const again = await runHere(explain);
  expect([again.code, again.stderr]).toEqual([2, expect.stringContaining('exists')]);
});
