import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { ensurePythonPackages } from '../../scripts/consumers/python-environment.js';
import { findReferencePython } from '../python/environment.js';
import { type MeasureName, RANKING_MEASURES } from './measures.js';

const program = fileURLToPath(new URL('../../parity/reference/trec_measures.py', import.meta.url));

/** trec_eval divides average precision by the number of relevant documents, which is below k here. */
const MEASURES = [
  'ndcg@10',
  'ndcg@3',
  'map@100',
  'mrr@100',
  'precision@5',
  'recall@5',
  'accuracy@5',
] as const;

const DOCUMENTS = Array.from({ length: 30 }, (_, document) => document);
const query = fc.record({
  found: fc.shuffledSubarray(DOCUMENTS, { minLength: 1 }),
  relevant: fc.shuffledSubarray(DOCUMENTS, { minLength: 1, maxLength: 12 }),
});
const CASES = fc.sample(fc.array(query, { minLength: 1, maxLength: 6 }), { seed: 3, numRuns: 80 });

describe.runIf(findReferencePython() !== undefined)('measures of rankings', () => {
  let answers: readonly Readonly<Record<string, Readonly<Record<string, number>>>>[] = [];

  beforeAll(async () => {
    const packages = ['pytrec-eval-terrier==0.5.11', 'ir-measures==0.4.3', 'numpy==2.4.6', 'scipy==1.17.1'];
    const python = await ensurePythonPackages({ name: 'trec', packages, size: '0.2 GB' }, () => undefined);
    const ids = (documents: readonly number[]): string[] => documents.map((document) => `d${document}`);
    const byQuery = (queries: (typeof CASES)[number], of: 'found' | 'relevant'): object =>
      Object.fromEntries(queries.map((each, at) => [`q${at}`, ids(each[of])]));
    const cases = CASES.map((queries) => ({
      rankings: byQuery(queries, 'found'),
      relevant: byQuery(queries, 'relevant'),
    }));
    const { status, stdout, stderr } = spawnSync(python, ['-B', program], {
      input: JSON.stringify(cases),
      encoding: 'utf8',
    });
    if (status !== 0) throw new Error(stderr);
    answers = JSON.parse(stdout) as typeof answers;
  }, 300_000);

  it.each(MEASURES)('have the values of trec_eval: %s', (name) => {
    const [measure = '', k = ''] = name.split('@');
    const compute = RANKING_MEASURES[measure as MeasureName];
    let [worst, count] = [0, 0];
    for (const [at, queries] of CASES.entries()) {
      for (const [number, { found, relevant }] of queries.entries()) {
        const ours = compute(found, new Set(relevant), Number(k));
        const theirs = answers[at]?.[`q${number}`]?.[name] ?? Number.NaN;
        worst = Math.max(worst, Number.isNaN(theirs) ? Infinity : Math.abs(ours - theirs));
        count++;
      }
    }
    expect(count).toBeGreaterThan(200);
    expect(worst).toBeLessThan(1e-12);
  });
});
