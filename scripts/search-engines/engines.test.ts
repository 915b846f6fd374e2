// @module-tag slow
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { sparseFromRows } from '../../src/sparse/from-rows.js';
import type { SearchEngine } from './engine.js';
import { SEARCH_ENGINES } from './engines.js';
import { packageFolder } from './python-packages.js';
import { exactRankings } from './rankings.js';
import { runEngine } from './run-engine.js';

const PYTHON = process.env['SPARSE_ENCODER_PYTHON'] || 'python3';

const documents = sparseFromRows(
  [
    [
      [0, 0.1],
      [2, 0.7],
    ],
    [],
    [
      [0, 0.1],
      [2, 0.7],
    ],
    [
      [1, 3e-6],
      [3, 2.5],
    ],
    [[3, 1.115]],
    [[2, 0.3]],
    // The last dimension of BERT, and more entries than an index of pgvector would take.
    Array.from({ length: 1200 }, (_, i): [number, number] => [30_521 - i, 0.02]),
  ],
  30_522,
);
const queries = sparseFromRows(
  [
    [[2, 0.3]],
    [
      [0, 1],
      [3, 0.2],
    ],
    [],
    [[1, 1e-6]],
    [
      [30_521, 1],
      [29_500, 3],
    ],
    [[500, 1]],
  ],
  30_522,
);

for (const [name, engine] of Object.entries<SearchEngine>(SEARCH_ENGINES)) {
  // An engine that nobody asked for is not downloaded for a test.
  const isInstalled = engine.packages.map(packageFolder).every((folder) => existsSync(folder));
  it.runIf(isInstalled)(`${name} takes empty texts, ties, small weights and long texts`, async () => {
    const collection = { documents, queries };
    const options = { k: 3, python: PYTHON, log: () => undefined };
    const outcome = await runEngine(engine, collection, exactRankings(collection), options);
    expect(outcome).toMatchObject({ is: 'compared', faults: [] });
  });
}

it('names the version of PGlite that is a dependency', () => {
  const { devDependencies } = JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as {
    devDependencies: Record<string, string>;
  };
  expect(SEARCH_ENGINES.pglite.title).toContain(`PGlite ${devDependencies['@electric-sql/pglite']} `);
});
