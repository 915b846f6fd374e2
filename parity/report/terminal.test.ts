import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ParityReport } from './parity-report.js';
import { parityProgram, repeatCommand, repeatOf, replayLine } from './repeat.js';
import type { SuiteReport } from './report.js';
import { renderTerminal } from './terminal.js';
import { clean, failure, report, viewOf } from './testing/sample-report.js';

const view = viewOf(report);
const shown = (suite: SuiteReport, verbose = false): string => renderTerminal(viewOf(suite), { verbose });

describe('the terminal report', () => {
  const text = renderTerminal(view, { verbose: false });

  it('begins with a summary that fits a screen', () => {
    const all = [...Array.from({ length: 30 }, (_, index) => `mutant/${index}`), 'x'.repeat(40)];
    const many: ParityReport = {
      ...viewOf(clean),
      warnings: all,
      mutants: [{ group: 'losses', total: 31, killed: 0, equivalent: 0, survivors: all }],
      unchecked: all.map((what) => ({ what, why: 'the worker was killed', broken: true })),
    };
    for (const each of [viewOf(clean), many]) {
      const lines = renderTerminal(each, { verbose: false }).split('\n');
      expect(lines.length).toBeLessThanOrEqual(24);
      expect(lines.filter((line) => line.length > 80)).toEqual([]);
    }
    expect(text.split('\n').slice(0, 24).join('\n')).toContain('11 cases, 2 mismatches');
  });

  it('has the targets that differ, or all of them', () => {
    expect(text).toMatch(
      /^SparseTripletLoss\n {2}SpladeLoss\/triplet +4 +0\.00 +inf .*1 differ\n {4}on tiny 1 of 4$/m,
    );
    expect(text).toMatch(/^model\n {2}csr +2 +99\.00 .*1 differ\n {4}on encode 1 of 1$/m);
    expect(text).not.toContain('none/triplet');
    expect(shown(report, true)).toMatch(/^ {2}none\/triplet +5 +0\.50 +1\.25 .*equal$/m);
    expect(shown(clean)).not.toContain('none/triplet  ');
  });

  it('has no colours where it is not a terminal', () => {
    expect(text).not.toContain('\u001B[');
  });

  it('says what failed, how to replay it, what escaped and what expired', () => {
    expect(text).toContain('gradient mismatch: SparseTripletLoss/SpladeLoss/triplet#tiny:3');
    expect(text).toContain(`npm run parity -- --seed 1 --path '${failure.path}'`);
    expect(text).toContain('npm run parity -- --replay fixtures/regressions/x.json');
    expect(text).toContain("npm run parity -- --seed 1 --path 'model/csr/encode'");
    expect(text).toContain('wrong variants of the losses: 68 of 69 caught, 1 cannot be told');
    expect(text).toContain('wrong variants of the models: 11 of 12 caught');
    expect(text).toContain('not caught: Odd/one');
    expect(text).toContain('not caught: Odd/model');
    expect(text).toContain('the reference no longer shows gone');
    expect(text).toContain('NOT EQUAL');
  });

  it('tells a few failures in full, and with --verbose all', () => {
    const [first] = view.failures;
    if (first === undefined) throw new Error('the sample has no failure');
    const failures = Array.from({ length: 9 }, (_, index) => ({ ...first, target: `target${index}` }));
    const few = renderTerminal({ ...view, failures }, { verbose: false });
    expect(few.match(/gradient mismatch/g)).toHaveLength(5);
    expect(few).toContain('failures of 4 more targets; --verbose prints them');
    expect(renderTerminal({ ...view, failures }, { verbose: true }).match(/gradient mismatch/g)).toHaveLength(
      9,
    );
  });

  it('warns where no mutant was given', () => {
    const { mutants: _, ...without } = view;
    expect(renderTerminal(without, { verbose: false })).toContain('warning: no mutant was given');
    expect(text).not.toContain('no mutant was given');
  });
});

describe('how a case is judged again', () => {
  const given = repeatOf({ backend: 'onnx', implementation: "./it's mine.mjs", python: 'python3' });
  const options = String.raw`--backend onnx --implementation './it'\''s mine.mjs' --python python3`;

  it('carries what decides what is judged', () => {
    const text = shown({ ...report, repeat: given });
    expect(text).toContain(`npm run parity -- --seed 1 ${options} --path '${failure.path}'`);
    expect(text).toContain(`npm run parity -- --seed 1 ${options} --path 'model/csr/encode'`);
    expect(text).toContain(`npm run parity -- ${options} --replay fixtures/regressions/x.json`);
    expect(replayLine({ repeat: given, golden: true }, 'x.json')).toContain(`${options} --golden --replay`);
  });

  it('leaves out the reports of a run', () => {
    expect(
      repeatCommand([
        '--losses',
        'A',
        '--json',
        'a b.json',
        '--junit=x.xml',
        '--path',
        "a b#'c",
        '--verbose',
      ]),
    ).toBe(String.raw`npm run parity -- --losses A --path 'a b#'\''c'`);
  });

  it('names the command that the user has', () => {
    expect(parityProgram(join('/', 'home', 'me', 'sparse-encoder'))).toBe('npm run parity --');
    expect(parityProgram(join('/', 'app', 'node_modules', 'sparse-encoder'))).toBe(
      'npx sparse-encoder-parity',
    );
  });

  it('says how to keep a case that is not saved', () => {
    expect(shown({ ...report, saved: new Map() })).toContain('add --save FOLDER');
  });
});
