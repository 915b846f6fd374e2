import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ReplacedVerdict } from '../port/verdicts.js';
import type { CellResult } from '../run-suite.js';
import { hasFinding } from './checks.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { formatRatio } from './ratio.js';
import { parityProgram, repeatOf, replayLine } from './repeat.js';
import type { KillSummary, SuiteReport } from './report.js';
import { renderTerminal } from './terminal.js';
import { failure, report } from './testing/sample-report.js';

describe('the JSON report', () => {
  it('has the documented fields, and null for what has no measure', () => {
    const json: unknown = JSON.parse(renderJson([report]));
    expect(json).toMatchObject({
      schemaVersion: 2,
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
          again: `npm run parity -- --seed 1 --path '${failure.path}'`,
          file: 'fixtures/regressions/x.json',
          replay: 'npm run parity -- --replay fixtures/regressions/x.json',
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
    const xml = renderJunit([report]);
    // Four lines of the tables, and four checks of the run itself.
    expect(xml).toContain('<testsuites tests="8" failures="5" errors="0"');
    expect(xml).toContain('classname="SparseTripletLoss" name="alone, triplet" time="0.100"/>');
    expect(xml).toContain('message="1 differ: x[0]: &lt;ours&gt; &quot;1&quot;\uFFFD"');
    expect(xml.match(/<testcase/g)).toHaveLength(8);
  });

  it('fails where the run does, though every case is equal', () => {
    expect(xmlOf({ kills: report.kills as KillSummary })).toMatch(
      /wrong variants.*<failure message="not caught: Odd\/one">/s,
    );
    expect(xmlOf({ quirks: report.quirks ?? [] })).toContain(
      '<failure message="quirks: the reference no longer shows gone">',
    );
  });

  it('names models with what they are', () => {
    const xml = renderJunit([report]);
    expect(xml).toContain('classname="model csr" name="features, CSR on BERT" time="0.400"/>');
    expect(xml).toContain('message="1 differ: encode[0, 1]: &lt;ours&gt; 2"');
  });
});

describe('the terminal report', () => {
  const text = renderTerminal(report);

  it('has a line per cell with its verdict, without colours where it is not a terminal', () => {
    expect(text).toMatch(
      /^SparseTripletLoss\ntriplet +- +5 +0\.50 +1\.25 .*equal\ntriplet +SpladeLoss +4 .*inf.*1 differ$/m,
    );
    expect(text.split('\n').filter((line) => line.length > 80 && !line.startsWith('  '))).toEqual([]);
    expect(text).not.toContain('\u001B[');
  });

  it('has a line per model and comparison, and says how to run one again', () => {
    expect(text).toMatch(/^csr \(CSR, BERT\)\nfeatures +1 +0\.75 .*equal\nencode .*1 +99\.00 .*1 differ$/m);
    expect(text).toContain("npm run parity -- --seed 1 --path 'model/csr/encode'");
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

describe('how a case is judged again', () => {
  const given = repeatOf({ backend: 'onnx', implementation: "./it's mine.mjs", python: 'python3' });
  const options = String.raw`--backend onnx --implementation './it'\''s mine.mjs' --python python3`;

  it('carries what decides what is judged', () => {
    const text = renderTerminal({ ...report, repeat: given });
    expect(text).toContain(`npm run parity -- --seed 1 ${options} --path '${failure.path}'`);
    expect(text).toContain(`npm run parity -- --seed 1 ${options} --path 'model/csr/encode'`);
    expect(text).toContain(`npm run parity -- ${options} --replay fixtures/regressions/x.json`);
    expect(replayLine({ repeat: given, golden: true }, 'x.json')).toContain(`${options} --golden --replay`);
  });

  it('names the command that the user has', () => {
    expect(parityProgram(join('/', 'home', 'me', 'sparse-encoder'))).toBe('npm run parity --');
    expect(parityProgram(join('/', 'app', 'node_modules', 'sparse-encoder'))).toBe(
      'npx sparse-encoder-parity',
    );
  });

  it('says how to keep a case that is not saved', () => {
    expect(renderTerminal({ ...report, saved: new Map() })).toContain('add --save FOLDER');
  });
});

const clean: SuiteReport = {
  ...report,
  results: report.results.slice(0, 1),
  models: [],
  training: [],
  summary: { cases: 1, mismatches: 0, seconds: 1 },
  kills: { mutants: 1, killed: 1, equivalent: 0, survivors: [] },
  modelKills: { mutants: 1, survivors: [] },
  quirks: [{ id: 'kept', still: true, seen: '' }],
};
const xmlOf = (changes: Partial<SuiteReport>): string => renderJunit([{ ...clean, ...changes }]);
const replaced = (verdict: ReplacedVerdict['verdict']): SuiteReport => ({
  ...clean,
  implementation: {
    path: './my-port.mjs',
    sha256: 'ab'.repeat(32),
    replaced: [
      { kind: 'loss', name: 'SpladeLoss', calls: { losses: 40, models: 3 }, verdict: 'called' },
      { kind: 'function', name: 'sigmoid', calls: { losses: 0, models: 0 }, verdict },
    ],
  },
});

describe('what a port replaces', () => {
  it('is reported with its calls', () => {
    expect(renderTerminal(replaced('not selected')).replaceAll('\n  ', ' ')).toContain(
      'implementation: ./my-port.mjs (sha256 abababababab), called: SpladeLoss 43 times, sigmoid 0 times',
    );
    expect(JSON.parse(renderJson([replaced('never called')]))).toMatchObject({
      implementation: { replaced: [{ name: 'SpladeLoss', calls: { losses: 40, models: 3 } }, {}] },
    });
  });

  it('is a failure if it was never called, and left out if no case names it', () => {
    const unused = replaced('never called');
    expect(hasFinding(unused)).toBe(true);
    expect(renderTerminal(unused)).toContain('sigmoid was never called');
    expect(renderJunit([unused])).toMatch(/name="function sigmoid, called 0 times".*\n *<failure/);
    const unselected = replaced('not selected');
    expect(hasFinding(unselected)).toBe(false);
    expect(renderTerminal(unselected)).toContain('sigmoid was not judged: no selected case names it');
    expect(renderJunit([unselected])).toMatch(/name="function sigmoid, called 0 times".*\n *<skipped/);
  });
});

describe('a finding', () => {
  it('is a mismatch, a wrong variant that is not caught, or a quirk that expired', () => {
    expect(hasFinding(clean)).toBe(false);
    expect(hasFinding({ ...clean, summary: report.summary })).toBe(true);
    expect(hasFinding({ ...clean, modelKills: { mutants: 1, survivors: ['Odd/model'] } })).toBe(true);
    expect(hasFinding({ ...clean, kills: { mutants: 1, killed: 0, equivalent: 0, survivors: ['x'] } })).toBe(
      true,
    );
    expect(hasFinding({ ...clean, quirks: report.quirks ?? [] })).toBe(true);
  });

  it.each<[string, Partial<SuiteReport>, RegExp]>([
    ['no case', { summary: { cases: 0, mismatches: 0, seconds: 0 } }, /no case was compared/],
    [
      'a line without cases',
      { results: clean.results.map((one) => ({ ...one, cases: 0 })) },
      /no case for SparseTripletLoss\/none\/triplet/,
    ],
    [
      'a model that was asked for and is not there',
      { absentModels: [{ name: 'splade-minilm', wanted: true }] },
      /splade-minilm is not on this machine/,
    ],
    [
      'no wrong variant',
      { kills: { mutants: 0, killed: 0, equivalent: 0, survivors: [] } },
      /no wrong variant of the losses/,
    ],
    [
      'no variant of a model',
      { modelKills: { mutants: 0, survivors: [] } },
      /no wrong variant of the models/,
    ],
    ['no quirk', { quirks: [] }, /quirks: none was checked/],
  ])('is also %s', (_, changes, reason) => {
    const empty = { ...clean, ...changes };
    expect(hasFinding(empty)).toBe(true);
    expect(renderTerminal(empty)).toMatch(reason);
    expect(renderJunit([empty])).toMatch(reason);
    expect(JSON.parse(renderJson([empty]))).toMatchObject({
      checks: expect.arrayContaining([
        expect.objectContaining({ failure: expect.stringMatching(reason) as string }),
      ]) as object[],
    });
  });

  it('does not count a model as missing where nobody asked for it by name', () => {
    const absent = { ...clean, absentModels: [{ name: 'splade-minilm', wanted: false }] };
    expect(hasFinding(absent)).toBe(false);
    expect(renderTerminal(absent)).toContain('splade-minilm is not on this machine');
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

describe('a run on two engines', () => {
  const results = [{ ...(clean.results[0] as CellResult), backend: 'onnx' }];
  const onnx: SuiteReport = { ...clean, backend: 'onnx', results };

  it('has the report of each in JSON, and their counts together', () => {
    const { cases, mismatches } = clean.summary;
    expect(JSON.parse(renderJson([report, onnx]))).toMatchObject({
      summary: {
        cases: report.summary.cases + cases,
        mismatches: report.summary.mismatches + mismatches,
      },
      engines: [
        { backend: 'cpu', cells: [{}, {}], summary: { cases: 11 } },
        { backend: 'onnx', cells: [{}], summary: { cases } },
      ],
    });
  });

  it('has the cells of each under its name in JUnit', () => {
    const xml = renderJunit([clean, onnx]);
    expect(xml).toContain('cpu: SparseTripletLoss');
    expect(xml).toContain('onnx: SparseTripletLoss');
  });
});
