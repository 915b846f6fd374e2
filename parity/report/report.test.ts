import { describe, expect, it } from 'vitest';
import type { ReplacedVerdict } from '../port/verdicts.js';
import type { CellResult } from '../run-suite.js';
import { StatisticsCollector } from './collect-statistics.js';
import { renderJson } from './json.js';
import { renderJunit } from './junit.js';
import { formatRatio } from './ratio.js';
import type { KillSummary, SuiteReport } from './report.js';
import { ratioOf } from './statistics.js';
import { renderTerminal } from './terminal.js';
import { clean, failure, report, viewOf } from './testing/sample-report.js';
import { exitCodeOf, hasFinding } from './verdict.js';

const view = viewOf(report);
const shown = (suite: SuiteReport, verbose = false): string => renderTerminal(viewOf(suite), { verbose });

describe('the JSON report', () => {
  it('has the documented fields, and null for what has no measure', () => {
    expect(JSON.parse(renderJson(view))).toMatchObject({
      schemaVersion: 3,
      title: 'Parity with sentence-transformers 6.2.0',
      seed: 1,
      environment: expect.arrayContaining([
        { name: 'torch', value: '2.13.0', pinned: true },
        { name: 'engine', value: 'cpu', pinned: true },
      ]) as object[],
      summary: { cases: 11, mismatches: 2, seconds: 0.3 },
      cells: [
        {
          target: 'SparseTripletLoss/none/triplet',
          stratum: 'ordinary',
          cases: 5,
          mismatches: 0,
          valueRatio: 0.5,
          gradientRatio: 1.25,
        },
        { target: 'SparseTripletLoss/SpladeLoss/triplet', mismatches: 1, gradientRatio: null },
        { target: 'model/csr', stratum: 'features', cases: 1, mismatches: 0, valueRatio: 0.75 },
        { target: 'model/csr', stratum: 'encode', mismatches: 1 },
      ],
      failures: [
        {
          path: failure.path,
          stratum: 'tiny',
          kind: 'gradient',
          coordinate: [0],
          ratio: null,
          inputs: [{ name: 'options', value: expect.stringContaining('"tripletMargin":0') as string }],
          again: `npm run parity -- --seed 1 --path '${failure.path}'`,
          file: 'fixtures/regressions/x.json',
          replay: 'npm run parity -- --replay fixtures/regressions/x.json',
        },
        { path: 'model/csr/encode', target: 'model/csr', stratum: 'encode', coordinate: [0, 1], ratio: 99 },
      ],
      mutants: [{ group: 'losses', total: 70, killed: 68, equivalent: 1 }, { survivors: ['Odd/model'] }],
    });
  });
});

describe('the JUnit report', () => {
  it('counts cells and escapes what XML cannot hold', () => {
    const xml = renderJunit(view);
    // Three targets, and five checks of the run itself.
    expect(xml).toContain('<testsuites tests="8" failures="5" errors="0"');
    expect(xml).toContain('classname="SparseTripletLoss" name="none/triplet" time="0.100"/>');
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

  it('names models, and tells how to make a failure again', () => {
    const xml = renderJunit(view);
    expect(xml).toContain('classname="model" name="csr" time="0.900"');
    expect(xml).toContain('message="1 differ: encode[0, 1]: &lt;ours&gt; 2"');
    expect(xml).toContain('npm run parity -- --seed 1 --path');
  });

  it('has what could not be checked: an error where the environment is at fault', () => {
    const unchecked = [
      { what: 'huber', why: 'the worker was killed', broken: true },
      { what: 'big', why: 'it is not on this machine', broken: false },
    ];
    const xml = renderJunit({ ...view, unchecked });
    expect(xml).toMatch(/name="huber".*\n *<error type="environment" message="the worker was killed"/);
    expect(xml).toMatch(/name="big".*\n *<skipped message="it is not/);
  });
});

const xmlOf = (changes: Partial<SuiteReport>): string => renderJunit(viewOf({ ...clean, ...changes }));
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
    expect(shown(replaced('not selected')).replaceAll('\n  ', ' ')).toContain(
      'implementation ./my-port.mjs (sha256 abababababab), called SpladeLoss 43 times, sigmoid 0 times',
    );
  });

  it('is a failure if it was never called, and left out if no case names it', () => {
    const unused = replaced('never called');
    expect(hasFinding(viewOf(unused))).toBe(true);
    expect(shown(unused)).toContain('sigmoid was never called');
    expect(renderJunit(viewOf(unused))).toMatch(/name="function sigmoid".*\n *<failure/);
    const unselected = replaced('not selected');
    expect(hasFinding(viewOf(unselected))).toBe(false);
    expect(renderJunit(viewOf(unselected))).toMatch(
      /name="function sigmoid".*\n *<skipped message="sigmoid was not judged: no selected case names it"/,
    );
  });
});

const findsIn = (changes: Partial<SuiteReport>): boolean => hasFinding(viewOf({ ...clean, ...changes }));

describe('a finding', () => {
  it('is a mismatch, a wrong variant that is not caught, or a quirk that expired', () => {
    expect(findsIn({})).toBe(false);
    expect(findsIn({ results: report.results })).toBe(true);
    expect(findsIn({ modelKills: { mutants: 1, survivors: ['Odd/model'] } })).toBe(true);
    expect(findsIn({ kills: { mutants: 1, killed: 0, equivalent: 0, survivors: ['x'] } })).toBe(true);
    expect(findsIn({ quirks: report.quirks ?? [] })).toBe(true);
  });

  it.each<[string, Partial<SuiteReport>, RegExp]>([
    ['no case', { results: [] }, /no case was compared/],
    [
      'a line without cases',
      {
        results: clean.results.map((one) => ({
          ...one,
          cases: 0,
          statistics: new StatisticsCollector().statistics,
        })),
      },
      /no case for\s+SparseTripletLoss\/none\/triplet/,
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
    expect(exitCodeOf(viewOf(empty))).toBe(1);
    expect(shown(empty)).toMatch(reason);
    expect(renderJunit(viewOf(empty))).toMatch(reason);
  });

  it('does not count a model as missing where nobody asked for it by name', () => {
    const absent = { ...clean, absentModels: [{ name: 'splade-minilm', wanted: false }] };
    expect(exitCodeOf(viewOf(absent))).toBe(0);
    expect(shown(absent)).toContain('model splade-minilm: it is not on this machine');
  });

  it('is not what the environment kept from being checked, which has an exit code of its own', () => {
    const unchecked = [{ what: 'huber', why: 'the worker was killed', broken: true }];
    expect(exitCodeOf({ ...viewOf(clean), unchecked })).toBe(3);
    expect(exitCodeOf({ ...view, unchecked })).toBe(1);
  });

  it('is not a cell either on whose every case the reference failed', () => {
    const [cell] = clean.results;
    if (cell === undefined) throw new Error('the sample has no cell');
    const why = 'the Python process ended with SIGKILL';
    const path = 'FlopsLoss/none/matrix#ordinary:0';
    const lost = {
      ...clean,
      models: [],
      results: [
        {
          ...cell,
          cases: 0,
          notChecked: [{ path, notChecked: why }],
          statistics: new StatisticsCollector().statistics,
        },
      ],
      unchecked: [{ what: path, why }],
    };
    expect(exitCodeOf(viewOf(lost))).toBe(3);
    expect(shown(lost)).toContain('\nNOT ALL CHECKED');
    expect(shown(lost).replaceAll(/\s+/g, ' ')).toContain(`not checked: ${path}: ${why}`);
    expect(renderJunit(viewOf(lost))).toMatch(/ failures="0" errors="1"/);
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
    expect(formatRatio(ratioOf(ratio))).toBe(text);
  });
});

describe('a run on two engines', () => {
  const results = [{ ...(clean.results[0] as CellResult), backend: 'onnx' }];
  const onnx: SuiteReport = { ...clean, backend: 'onnx', results };

  it('is one report that names the engine of each target', () => {
    const both = viewOf(clean, onnx);
    expect(both.summary.cases).toBe(10);
    expect(both.cells.map(({ target }) => target)).toEqual([
      'cpu: SparseTripletLoss/none/triplet',
      'onnx: SparseTripletLoss/none/triplet',
    ]);
    expect(both.environment).toContainEqual({ name: 'engine', value: 'cpu, onnx', pinned: true });
    expect(renderJunit(both)).toContain('classname="onnx: SparseTripletLoss" name="none/triplet"');
  });
});
