import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { type JudgedCase, loadCase, storeCase } from './case-file.js';
import { planRegressions, readRegression, saveRegression } from './regressions.js';
import { CaseFileError } from './stored-legs.js';
import { suiteCells } from './suite.js';

const folder = mkdtempSync(join(tmpdir(), 'parity-case-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const awkward = Float32Array.of(Number.NaN, Infinity, -Infinity, -0, 1e-45, 3.4e38);
const judged: JudgedCase = {
  case: {
    loss: 'SparseTripletLoss',
    wrapper: 'none',
    format: 'triplet',
    stratum: 'ordinary',
    lossOptions: { tripletMargin: { number: 'Infinity' } },
    wrapperOptions: {},
    columns: [
      { sentenceEmbedding: { dtype: 'float32', shape: [2, 3], data: awkward }, decodedEmbeddingAux: null },
    ],
    labels: { dtype: 'int32', shape: [2], data: Int32Array.of(-1, 7) },
  },
  legs: {
    float32: {
      componentNames: ['base_loss'],
      tensors: new Map([['value', { dtype: 'float32', shape: [], data: Float32Array.of(-0) }]]),
    },
    truth: { componentNames: [], tensors: new Map(), error: { type: 'ValueError', message: 'é' } },
    errors: new Map([['value', 1e-9]]),
    conditioning: { inputScale: 3.4e38, labelScale: 7, condition: 1 },
  },
};

const origin = { implementation: { path: './my port.mjs', sha256: 'ab'.repeat(32) }, backend: 'cpu' };

describe('a case file', () => {
  it('brings back every bit', () => {
    const again = loadCase(JSON.parse(JSON.stringify(storeCase(judged))), 'here');
    expect(again).toEqual(judged);
    const data = again.case.columns[0]?.['sentenceEmbedding']?.data as Float32Array;
    expect([...data].findIndex((value) => Object.is(value, -0))).toBe(3);
  });

  it.each([
    ['no object', 3],
    ['another version', { ...storeCase(judged), schemaVersion: 1 }],
    ['a missing part', { ...storeCase(judged), legs: undefined }],
    ['a stray key', { ...storeCase(judged), more: 1 }],
  ])('refuses %s and names the source', (_, value) => {
    expect(() => loadCase(value, 'cases/x.json')).toThrow(CaseFileError);
    expect(() => loadCase(value, 'cases/x.json')).toThrow(/cases\/x\.json/);
  });

  it('refuses a tensor whose bytes do not fit its shape', () => {
    const stored = storeCase(judged);
    const labels = { ...stored.case.labels, shape: [3] };
    expect(() => loadCase({ ...stored, case: { ...stored.case, labels } }, 'x')).toThrow(
      /shape \[3\] has 8 bytes; expected 12/,
    );
  });

  it('is saved whole, found again by its cell, and by no other', () => {
    const file = saveRegression('SparseTripletLoss/none/triplet#ordinary:3', judged, origin, folder);
    expect(readdirSync(folder)).toEqual(['SparseTripletLoss-none-triplet-ordinary-3.json']);
    expect(readRegression(file)).toEqual({ ...judged, origin });
    const found = suiteCells().flatMap((cell) => planRegressions(cell, folder));
    expect(found.map(({ path }) => path)).toEqual([
      'SparseTripletLoss/none/triplet#regression SparseTripletLoss-none-triplet-ordinary-3.json',
    ]);
  });

  it('says which file cannot be read', () => {
    const broken = join(folder, 'broken.json');
    writeFileSync(broken, '{"schemaVersion": 1,');
    expect(() => readRegression(broken)).toThrow(/broken\.json cannot be read/);
    expect(() => readRegression(join(folder, 'none.json'))).toThrow(/none\.json cannot be read/);
    rmSync(broken);
  });
});
