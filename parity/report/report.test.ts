import { describe, expect, it } from 'vitest';
import { selectModelCells } from '../models/plan.js';
import type { ModelFailure } from '../models/run-models.js';
import type { Failure } from '../run-suite.js';
import { selectCells } from '../suite.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { formatRatio } from './ratio.js';
import { hasFinding, type SuiteReport } from './report.js';
import { renderTerminal } from './terminal.js';

const [sound, broken] = selectCells(['SparseTripletLoss'], []);
if (sound === undefined || broken === undefined) throw new Error('the suite lacks SparseTripletLoss');

const nothing = { componentNames: [], tensors: new Map() };
const failure: Failure = {
  path: 'SparseTripletLoss/SpladeLoss/triplet#tiny:3',
  judged: {
    case: {
      loss: 'SparseTripletLoss',
      wrapper: 'SpladeLoss',
      format: 'triplet',
      stratum: 'tiny',
      lossOptions: { tripletMargin: 0 },
      wrapperOptions: { documentRegularizerWeight: 1 },
      columns: [],
      labels: null,
    },
    legs: {
      float32: nothing,
      truth: nothing,
      errors: new Map(),
      conditioning: { inputScale: 1, condition: 1 },
    },
  },
  mismatch: {
    kind: 'gradient',
    tensor: 'gradient/0.x',
    message: 'x[0]: <ours> "1"\u0000',
    coordinate: [0],
    ratio: Infinity,
  },
};

const [features, encode] = selectModelCells({ models: ['csr'] });
if (features === undefined || encode === undefined) throw new Error('the suite lacks the model csr');

const modelFailure: ModelFailure = {
  path: 'model/csr/encode',
  mismatch: {
    kind: 'value',
    tensor: 'encode',
    message: 'encode[0, 1]: <ours> 2',
    coordinate: [0, 1],
    ratio: 99,
  },
};

const report: SuiteReport = {
  seed: 1,
  backend: 'cpu',
  golden: false,
  tolerance: 16,
  reference: { python: '3.11.7', torch: '2.13.0', sentenceTransformers: '6.2.0', threads: 1 },
  results: [
    { cell: sound, cases: 5, failures: [], valueRatio: 0.5, gradientRatio: 1.25, seconds: 0.1 },
    { cell: broken, cases: 4, failures: [failure], valueRatio: 0, gradientRatio: Infinity, seconds: 0.2 },
  ],
  models: [
    { cell: features, cases: 1, failures: [], valueRatio: 0.75, gradientRatio: 0, seconds: 0.4 },
    { cell: encode, cases: 1, failures: [modelFailure], valueRatio: 99, gradientRatio: 0, seconds: 0.5 },
  ],
  summary: { cases: 11, mismatches: 2, seconds: 0.3 },
  saved: new Map([[failure.path, 'fixtures/regressions/x.json']]),
  kills: { mutants: 70, killed: 68, equivalent: 1, survivors: ['Odd/one'] },
  modelKills: { mutants: 12, survivors: ['Odd/model'] },
  quirks: [
    { id: 'kept', still: true, seen: '' },
    { id: 'gone', still: false, seen: '' },
  ],
};

describe('the JSON report', () => {
  it('has the documented fields, and null for what has no measure', () => {
    const json: unknown = JSON.parse(renderJson(report));
    expect(json).toMatchObject({
      schemaVersion: 1,
      seed: 1,
      reference: { python: '3.11.7', torch: '2.13.0', sentenceTransformers: '6.2.0', threads: 1 },
      summary: { cases: 11, mismatches: 2, seconds: 0.3 },
      cells: [
        {
          loss: 'SparseTripletLoss',
          wrapper: 'none',
          format: 'triplet',
          cases: 5,
          mismatches: 0,
          valueRatio: 0.5,
          gradientRatio: 1.25,
        },
        { wrapper: 'SpladeLoss', mismatches: 1, gradientRatio: null },
      ],
      failures: [
        {
          path: failure.path,
          stratum: 'tiny',
          kind: 'gradient',
          coordinate: [0],
          ratio: null,
          file: 'fixtures/regressions/x.json',
        },
      ],
      models: [
        {
          model: 'csr',
          family: 'CSR',
          backbone: 'BERT',
          check: 'features',
          cases: 1,
          mismatches: 0,
          valueRatio: 0.75,
        },
        { check: 'encode', mismatches: 1 },
      ],
      modelFailures: [{ path: 'model/csr/encode', kind: 'value', coordinate: [0, 1], ratio: 99 }],
      modelKills: { mutants: 12, survivors: ['Odd/model'] },
    });
  });
});

describe('the JUnit report', () => {
  it('counts cells and escapes what XML cannot hold', () => {
    const xml = renderJunit(report);
    expect(xml).toContain('<testsuites tests="4" failures="2" errors="0"');
    expect(xml).toContain('classname="SparseTripletLoss" name="alone, triplet" time="0.100"/>');
    expect(xml).toContain('message="1 differ: x[0]: &lt;ours&gt; &quot;1&quot;\uFFFD"');
    expect(xml.match(/<testcase/g)).toHaveLength(4);
  });

  it('names models with what they are', () => {
    const xml = renderJunit(report);
    expect(xml).toContain('classname="model csr" name="features, CSR on BERT" time="0.400"/>');
    expect(xml).toContain('message="1 differ: encode[0, 1]: &lt;ours&gt; 2"');
  });
});

describe('the terminal report', () => {
  const text = renderTerminal(report);

  it('has a line per cell with its verdict, without colours where it is no terminal', () => {
    expect(text).toMatch(/SparseTripletLoss.*-.*triplet.*5.*0\.50.*1\.25.*equal/);
    expect(text).toMatch(/SparseTripletLoss.*SpladeLoss.*triplet.*4.*inf.*1 differ/);
    expect(text).not.toContain('\u001B[');
  });

  it('has a line per model and comparison, and says how to run one again', () => {
    expect(text).toMatch(/csr.*CSR, BERT.*features.*1.*0\.75.*equal/);
    expect(text).toMatch(/csr.*CSR, BERT.*encode.*1.*99\.00.*1 differ/);
    expect(text).toContain("npm run parity -- --seed 1 --path 'model/csr/encode'");
    expect(renderTerminal({ ...report, backend: 'onnx' })).toContain(
      "--seed 1 --backend onnx --path 'model/csr/encode'",
    );
    expect(text).toContain('model variants caught: 11 of 12');
    expect(text).toContain('not caught: Odd/model');
  });

  it('has no table of what was not compared', () => {
    expect(renderTerminal({ ...report, models: [] })).not.toContain('compared');
    expect(renderTerminal({ ...report, results: [] })).not.toContain('wrapper');
  });

  it('says what failed, how to replay it, what escaped and what expired', () => {
    expect(text).toContain('gradient mismatch: SparseTripletLoss/SpladeLoss/triplet#tiny:3');
    expect(text).toContain(`npm run parity -- --seed 1 --path '${failure.path}'`);
    expect(text).toContain('npm run parity -- --replay fixtures/regressions/x.json');
    expect(text).toContain('11 cases, 2 mismatches');
    expect(text).toContain('kill rate: 68 of 69 wrong variants of the losses caught, 1 cannot be told');
    expect(text).toContain('not caught: Odd/one');
    expect(text).toContain('the reference no longer shows gone');
  });
});

describe('a finding', () => {
  const clean: SuiteReport = {
    ...report,
    summary: { cases: 1, mismatches: 0, seconds: 1 },
    kills: { mutants: 1, killed: 1, equivalent: 0, survivors: [] },
    modelKills: { mutants: 1, survivors: [] },
    quirks: [],
  };

  it('is a mismatch, a wrong variant that is not caught, or a quirk that expired', () => {
    expect(hasFinding(clean)).toBe(false);
    expect(hasFinding({ ...clean, summary: report.summary })).toBe(true);
    expect(hasFinding({ ...clean, modelKills: { mutants: 1, survivors: ['Odd/model'] } })).toBe(true);
    expect(hasFinding({ ...clean, kills: { mutants: 1, killed: 0, equivalent: 0, survivors: ['x'] } })).toBe(
      true,
    );
    expect(hasFinding({ ...clean, quirks: report.quirks ?? [] })).toBe(true);
  });
});

describe('a ratio', () => {
  it.each([
    [0, '0.00'],
    [1.005, '1.00'],
    [999.4, '999.40'],
    [12345, '1.2e+4'],
    [Infinity, 'inf'],
  ])('%d reads %s', (ratio, text) => {
    expect(formatRatio(ratio)).toBe(text);
  });
});
