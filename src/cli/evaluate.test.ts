import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../engine/set-engine.js';
import { exported } from '../testing/exports.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { modelFixture } from '../testing/new-encoders.js';
import { runHere } from '../testing/run-command.js';

const MODEL = modelFixture('splade-bert');

function taskFolder(name: string): string {
  const folder = join(temporaryFolder(), name);
  mkdirSync(join(folder, 'qrels'), { recursive: true });
  const lines = (file: string, rows: readonly object[]): void =>
    writeFileSync(join(folder, file), rows.map((row) => `${JSON.stringify(row)}\n`).join(''));
  const words = ['cloud', 'sword', 'handle', 'rain', 'stone'];
  lines('queries.jsonl', [...words.map((text) => ({ _id: text, text })), { _id: 'other', text: 'dog' }]);
  lines(
    'corpus.jsonl',
    words.map((text) => ({ _id: `d-${text}`, title: '', text: `the ${text}` })),
  );
  const qrels = words.map((text, at) => `${text}\td-${text}\t${1 + (at % 2)}\n`).join('');
  writeFileSync(join(folder, 'qrels', 'test.tsv'), `query-id\tcorpus-id\tscore\n${qrels}`);
  return folder;
}

beforeAll(() => setEngine('onnx'));

describe('sparse-encoder evaluate', () => {
  it('puts models side by side on each task, with intervals, tests, costs and means', async () => {
    const { folder } = await exported('splade-bert', { format: 'dense' });
    const tasks = [taskFolder('first'), taskFolder('second')];
    const json = join(temporaryFolder(), 'results.json');
    const { code, stdout, stderr } = await runHere([
      'evaluate',
      MODEL,
      folder,
      ...tasks.flatMap((task) => ['--task', task]),
      '--json',
      json,
    ]);
    expect(code).toBe(0);
    expect(stderr).toContain('first: 1 query of 6 without relevant documents left out\n');
    expect(stdout).toMatch(/^first: 5 queries, 5 documents\n\nmodel +nDCG@10 +95% interval +MRR@10 +MAP@100/);
    expect(stdout).toMatch(/\nmodel +query dims +doc dims +FLOPs +index MiB +search ms +p95 ms\n/);
    expect(stdout).toMatch(/: nDCG@10 \+0\.0000 against \S+, p = 1\.000\n/);
    expect(stdout).toMatch(/\nmean of 2 tasks\n\nmodel +nDCG@10/);
    expect(stdout.split('\n').filter((line) => line.length > 80)).toEqual([]);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Report;
    expect(report.tasks.map(({ task, queries }) => [task, queries])).toEqual([
      ['first', 5],
      ['second', 5],
    ]);
    const [own, other] = report.tasks[0]?.models ?? [];
    expect(other?.metrics['dot_ndcg@10']).toBe(own?.metrics['dot_ndcg@10']);
    expect(own?.costs).toMatchObject({ indexBytes: expect.any(Number) as number });
    expect(own?.costs.p95Ms).toBeGreaterThanOrEqual(own?.costs.medianMs ?? Infinity);
    expect(report.means[0]?.metrics['dot_ndcg@10']).toBeCloseTo(own?.metrics['dot_ndcg@10'] ?? NaN, 12);
    expect((await runHere(['evaluate', MODEL, '--task', tasks[0] ?? '', '--json', json])).stderr).toContain(
      '--force',
    );
  });

  it('prints JSON, limits active dimensions, and refuses a task that is not there', async () => {
    const task = taskFolder('first');
    const { stdout } = await runHere(['evaluate', MODEL, '--task', task, '--max-active-dims', '3', '--json']);
    const { tasks } = JSON.parse(stdout) as Report;
    expect(tasks[0]?.models[0]?.metrics['corpus_active_dims']).toBe(3);
    const missing = await runHere(['evaluate', MODEL, '--task', join(task, 'elsewhere')]);
    expect(missing).toMatchObject({ code: 2 });
    expect(missing.stderr).toContain('there is no file');
    expect(await runHere(['evaluate', MODEL])).toMatchObject({ code: 2 });
    expect((await runHere(['evaluate', MODEL, '--task', task, '--split', 'dev'])).stderr).toContain(
      'has test.tsv; expected dev.tsv',
    );
  });
});

interface Report {
  readonly tasks: readonly {
    readonly task: string;
    readonly queries: number;
    readonly models: readonly {
      readonly metrics: Readonly<Record<string, number>>;
      readonly costs: { readonly medianMs: number; readonly p95Ms: number };
    }[];
  }[];
  readonly means: readonly { readonly metrics: Readonly<Record<string, number>> }[];
}
