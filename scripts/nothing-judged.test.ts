/** A command must not report "passed" if what it judges is missing, empty or unused. */
import { expect, it } from 'vitest';
import { compareEmbeddings } from '../src/export/verification/compare.js';
import { failuresOf } from '../src/export/verification/verify-file.js';
import { sparseFromRows } from '../src/sparse/from-rows.js';
import type { SparseMatrix } from '../src/sparse/sparse-matrix.js';
import { hasFinding as cameThrough, type Result as AttackResult } from './attack/report.js';
import { HELD } from './attack/supervise.js';
import { NO_EXCUSES } from './conformance/excused.js';
import { buildReport, hasFinding } from './conformance/report.js';
import { exitCodeFor } from './consumers/report.js';
import type { Row, Verdict } from './consumers/try-consumers.js';
import { fuzz } from './fuzz/run.js';
import type { FuzzTarget } from './fuzz/target.js';
import { isSuccess } from './programs/vitest-report.js';
import { exactRankings } from './search-engines/rankings.js';
import { exitCode } from './search-engines/report.js';
import { runEngine } from './search-engines/run-engine.js';
import { hasDifference } from './tokenizers/compare.js';

const matrix = (...rows: [number, number][][]): SparseMatrix => sparseFromRows(rows, 4);

const row = (model: string, verdict: Verdict): Row => ({
  consumer: 'any',
  model,
  format: 'all',
  precision: 'fp32',
  verdict,
});

const target = (changes: Partial<FuzzTarget>): FuzzTarget => ({
  name: 'planted',
  seeds: () => [new TextEncoder().encode('{"a": 1}')],
  read: () => undefined,
  promises: (error) => error instanceof RangeError,
  format: 'json',
  ...changes,
});
const refuse = (): never => {
  throw new RangeError('no');
};

const attack = (tries: number): AttackResult => ({
  area: 'lifecycle',
  name: 'planted',
  what: '',
  expects: '',
  tries,
  outcome: HELD,
  findings: [],
  peakMegabytes: 1,
  seconds: 1,
});

const tokenizer = { texts: 3, differences: [0], pairs: 0, tokens: 0, settings: [], examples: [] };

/** Whether an engine that finds nothing is reported. */
async function failsFor(documents: SparseMatrix, queries: SparseMatrix): Promise<boolean> {
  const collection = { documents, queries };
  const search = async () => ({
    hits: Array.from({ length: queries.rows }, () => ({
      documents: new Uint32Array(),
      scores: new Float64Array(),
    })),
    indexSeconds: 1,
    queriesPerSecond: 1,
  });
  const engine = { title: '', packages: [], megabytes: 0, search };
  const options = { k: 3, python: '', log: () => undefined };
  const outcome = await runEngine(engine, collection, exactRankings(collection), options);
  return outcome.is === 'failed' && outcome.why.includes('nothing to compare');
}

const verifies = (same: SparseMatrix): boolean =>
  failuresOf(compareEmbeddings(same, same, same, { precision: 'fp32', maxActiveDims: null })).length === 0;

it.each<[command: string, what: string, isRefused: () => boolean | Promise<boolean>]>([
  ['conformance', 'no spec', () => hasFinding(buildReport('onnx', [], NO_EXCUSES, false))],
  ['consumers', 'no model', () => exitCodeFor([]) !== 0],
  ['consumers', 'no consumer that takes the model', () => exitCodeFor([row('a', 'does not take it')]) !== 0],
  [
    'consumers',
    'a model of two that none takes',
    () => exitCodeFor([row('a', 'agrees'), row('b', 'does not take it')]) !== 0,
  ],
  ['search-engines', 'no engine', () => exitCode({ engines: [] } as never) !== 0],
  ['search-engines', 'an index without terms', () => failsFor(matrix([], []), matrix([[1, 1]]))],
  ['search-engines', 'no documents', () => failsFor(matrix(), matrix([[1, 1]]))],
  ['search-engines', 'no queries', () => failsFor(matrix([[1, 1]]), matrix())],
  ['search-engines', 'queries that share no term', () => failsFor(matrix([[0, 1]]), matrix([[1, 1]]))],
  ['fuzz', 'no file to damage', () => fuzz(target({ seeds: () => [] }), { seed: 1, runs: 9 }).length > 0],
  [
    'fuzz',
    'a reader that refuses everything',
    () => fuzz(target({ read: refuse }), { seed: 1, runs: 9 }).length > 0,
  ],
  ['tokenizers', 'no tokenizer', () => hasDifference([])],
  ['tokenizers', 'no texts', () => hasDifference([{ ...tokenizer, texts: 0 }])],
  ['attack', 'no area', () => cameThrough([], [])],
  ['attack', 'an area without attacks', () => cameThrough(['lifecycle'], [])],
  ['attack', 'an attack that was not tried', () => cameThrough(['lifecycle'], [attack(3), attack(0)])],
  ['test:nodes', 'only tests that are skipped', () => !isSuccess({ success: true, numPassedTests: 0 })],
  ['verify', 'no active dimension', () => !verifies(matrix([], []))],
])('%s refuses %s', async (_, __, isRefused) => {
  expect(await isRefused()).toBe(true);
});

it('what is judged passes', () => {
  expect(exitCodeFor([row('a', 'agrees'), row('a', 'does not take it'), row('b', 'agrees')])).toBe(0);
  expect(fuzz(target({}), { seed: 1, runs: 9 })).toEqual([]);
  expect(hasDifference([tokenizer])).toBe(false);
  expect(cameThrough(['lifecycle'], [attack(3)])).toBe(false);
  expect(isSuccess({ success: true, numPassedTests: 1 })).toBe(true);
  expect(verifies(matrix([[1, 2]], []))).toBe(true);
});
