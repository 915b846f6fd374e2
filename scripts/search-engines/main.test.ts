// @module-tag slow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { searchEnginesCommand } from './command.js';
import { SEARCH_ENGINES } from './engines.js';

const MODEL = join(packageRoot(), 'fixtures', 'models', 'splade-bert');

const empty = mkdtempSync(join(tmpdir(), 'search-engines-test-'));
afterAll(() => rmSync(empty, { recursive: true }));

function searchEngines(args: readonly string[], env: Readonly<Record<string, string>> = {}) {
  const command = ['--import', 'tsx', join(packageRoot(), 'scripts/search-engines/main.ts'), ...args];
  return spawnSync(process.execPath, command, {
    cwd: packageRoot(),
    encoding: 'utf8',
    env: { ...process.env, CI: '1', ...env },
  });
}

it('PostgreSQL finds the definitions that exact scoring finds', () => {
  const size = ['--documents', '200', '--queries', '20'];
  const { status, stdout, stderr } = searchEngines(['pglite', '--model', MODEL, ...size, '--json']);
  expect(stderr).toBe('');
  expect(JSON.parse(stdout)).toMatchObject({
    documents: 200,
    queries: 20,
    engines: [{ name: 'pglite', outcome: { is: 'compared', recall: 1, faults: [] } }],
  });
  expect(status).toBe(0);
});

it('an engine that cannot be installed is the environment', () => {
  const size = ['--documents', '20', '--queries', '2'];
  const { status, stdout } = searchEngines(
    ['qdrant', '--model', MODEL, ...size, '--python', '/no/such/python'],
    { SPARSE_ENCODER_CACHE: empty },
  );
  expect(stdout).toMatch(/^qdrant unavailable: pip failed: .*\/no\/such\/python/m);
  expect(status).toBe(3);
  expect(readdirSync(join(empty, 'search-engines'))).toEqual([]);
});

it.each([
  [['solr'], "'solr' is invalid for argument 'name'. Allowed choices are pglite, qdrant, lucene."],
  [['--model', '/no/such/model'], '/no/such/model'],
])('%s is wrong use', (args, message) => {
  const { status, stderr } = searchEngines(args);
  expect(stderr).toContain(message);
  expect(status).toBe(2);
});

it.each(['0', '5001', '1.5', 'all'])('--documents %s is wrong use', async (count) => {
  const command = searchEnginesCommand(() => Promise.resolve())
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  const parsing = command.parseAsync(['--documents', count], { from: 'user' });
  await expect(parsing).rejects.toThrow('Expected a whole number from 1 to 5000.');
});

it('--help has every engine of the table', () => {
  const { status, stdout } = searchEngines(['--help']);
  for (const [name, { title }] of Object.entries(SEARCH_ENGINES)) {
    expect(stdout).toContain(`${name}: ${title}`);
  }
  expect(status).toBe(0);
});
