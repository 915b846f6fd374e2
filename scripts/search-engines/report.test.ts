import { expect, it } from 'vitest';
import { exitCode, type Report, renderReport } from './report.js';
import type { Outcome } from './run-engine.js';

const compared = (...queries: number[]): Outcome => ({
  is: 'compared',
  indexSeconds: 1.23,
  queriesPerSecond: 4567.8,
  recall: 0.98765,
  faults: queries.map((query) => ({ query, fault: `2 hits above 0; expected 3` })),
});
const unavailable: Outcome = { is: 'unavailable', why: 'no pip' };
const failed: Outcome = { is: 'failed', why: 'java ended with exit code 1' };

const reportOf = (...outcomes: Outcome[]): Report => ({
  model: 'a/model',
  documents: 5000,
  queries: 20,
  terms: { document: 134.04, query: 25 },
  encodeSeconds: 9.87,
  k: 10,
  engines: outcomes.map((outcome, i) => ({
    name: (['pglite', 'qdrant', 'lucene'] as const)[i] ?? 'pglite',
    outcome,
  })),
});

it.each<[number, string, Outcome[]]>([
  [0, 'all rankings are equal', [compared(), compared()]],
  [1, 'one differs', [compared(), compared(3)]],
  [1, 'an engine failed', [failed, compared()]],
  [3, 'an engine is not available', [compared(), unavailable]],
  [1, 'one differs and another is not available', [unavailable, compared(3)]],
])('exits with %d where %s', (code, _, outcomes) => {
  expect(exitCode(reportOf(...outcomes))).toBe(code);
});

it('shows a line an engine, then what is wrong', () => {
  const text = renderReport(reportOf(compared(1, 2, 3, 4, 5, 6, 7), unavailable, compared()));
  expect(text).toContain('5,000 documents of 134.0 terms, 20 queries of 25.0, encoded in 9.9 s by a/model');
  expect(text).toMatch(/^PGlite .* float32$/m);
  expect(text).toMatch(/^PGlite .* 1\.2 +4,568 +0\.9877$/m);
  expect(text).toMatch(/^PGlite .* 7$/m);
  expect(text).toMatch(/^Qdrant .* unavailable$/m);
  expect(text).toMatch(/^Lucene .* whole numbers, weights x 100$/m);
  expect(text).toContain('pglite, query 5: 2 hits above 0; expected 3\npglite: and 2 more queries\n');
  expect(text).toContain('qdrant unavailable: no pip\n');
});
