// @module-tag slow
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';
import { metricsFile } from './models/metrics.js';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'make-models-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function makeModels(...args: string[]) {
  const command = ['--import', 'tsx', join(ROOT, 'scripts/make-models.ts'), ...args];
  return spawnSync(process.execPath, command, { cwd: ROOT, encoding: 'utf8' });
}

test.each([
  [['--only', 'splade', 'colbert'], 'no model "colbert"; there are splade, csr, inference-free'],
  [['--tiny', '--only', 'csr', 'huge'], 'no model "huge"; there are csr, csr-deep,'],
  [['--minutes', '0'], 'Expected a finite number above 0'],
  [['--tiny', '--minutes', '3'], "option '--tiny' cannot be used with option '--minutes <n>'"],
  [['--list', '--again'], "option '--list' cannot be used with option '--again'"],
  [['splade'], 'too many arguments'],
])('%s is wrong use', (args, message) => {
  const { status, stderr } = makeModels(...args);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});

test('inference-free is not made before the splade model that it starts from', () => {
  const out = join(folder, 'nothing');
  const { status, stderr } = makeModels('--only', 'inference-free', '--out', out);
  expect([status, stderr]).toEqual([
    2,
    'inference-free starts from the trained splade model; make that first, with --only splade inference-free\n',
  ]);
  expect(existsSync(out)).toBe(false);
});

test('a Python that cannot be used is the environment, and leaves no model', () => {
  const out = join(folder, 'without-python');
  const { status, stderr } = makeModels('--only', 'csr', '--out', out, '--python', '/no/such/python');
  expect(stderr).toMatch(/cannot run the Python interpreter "\/no\/such\/python"/);
  expect(status).toBe(3);
  expect(readdirSync(out)).toEqual(['pairs.jsonl', 'retrieval', 'texts.jsonl']);
});

test('--list shows the models that are there with what was measured', () => {
  const out = join(folder, 'listed');
  const empty = makeModels('--list', '--out', out);
  expect([empty.status, empty.stdout]).toEqual([0, `no model in ${out}; npm run make-models makes them\n`]);

  const metrics = {
    'ndcg@10': 0.2571,
    query_active_dims: 237.04,
    corpus_active_dims: 342,
    steps: 400,
    seconds: 712,
    versions: { 'sentence-transformers': '6.2.0' },
  };
  mkdirSync(join(out, 'splade'), { recursive: true });
  for (const family of ['splade', 'csr'] as const) {
    writeFileSync(metricsFile(out, family), JSON.stringify(metrics));
  }
  const { status, stdout } = makeModels('--list', '--out', out);
  expect(status).toBe(0);
  const rows = stdout.split('\n').map((line) => line.split(/[^\w.-]+/).filter((cell) => cell !== ''));
  expect(rows).toContainEqual(['splade', '0.257', '237.0', '342.0', '400', '712', '6.2.0']);
  // Its metrics are there, its folder is not.
  expect(stdout).not.toContain('csr');
});
