import { expect, test } from 'vitest';
import { NO_EXCUSES, type Excuses } from './excused.js';
import type { SpecResult } from './protocol.js';
import { buildReport, hasFinding } from './report.js';
import { renderReport } from './terminal.js';

const EXCUSES: Excuses = {
  specs: [
    { file: 'b_test.js', pattern: /at once/, reason: 'synchronous read', error: /SynchronousReadError/ },
  ],
  kernels: { Complex: 'complex64' },
};

function spec(file: string, name: string, ...messages: string[]): SpecResult {
  const failures = messages.map((message) => ({ message, stack: '' }));
  return { id: name, file, name, failures, refusals: [] };
}

const missing = (kernel: string) => `UnsupportedKernelError: no kernel ${kernel}`;
const READ = 'SynchronousReadError: not computed';
const COMPLEX = spec('c_test.js', 'fft', missing('Complex'));
const HEALTHY = [spec('a_test.js', 'adds'), spec('b_test.js', 'reads at once', READ), COMPLEX];

test('specs are counted by file and in total', () => {
  const report = buildReport(
    'onnx',
    [...HEALTHY, spec('b_test.js', 'tan', missing('Tan')), spec('b_test.js', 'subtracts', 'Error: 1 is 2')],
    EXCUSES,
    true,
  );
  expect(report.files).toEqual([
    { file: 'a_test.js', passed: 1, failed: 0, unsupported: 0, excused: 0 },
    { file: 'b_test.js', passed: 0, failed: 1, unsupported: 1, excused: 1 },
    { file: 'c_test.js', passed: 0, failed: 0, unsupported: 0, excused: 1 },
  ]);
  expect(report.summary).toEqual({ passed: 1, failed: 1, unsupported: 1, excused: 2 });
  expect(report.specs.map(({ name, outcome }) => [name, outcome])).toEqual([
    ['reads at once', 'excused'],
    ['fft', 'excused'],
    ['tan', 'unsupported'],
    ['subtracts', 'failed'],
  ]);
});

test('missing kernels come with their specs, the most wanted first, without those that are declined', () => {
  const results = ['Tan', 'Erf', 'Complex', 'Erf'].map((kernel) => spec('a_test.js', 'any', missing(kernel)));
  expect(buildReport('onnx', results, EXCUSES, true).missingKernels).toEqual([
    { kernel: 'Erf', specs: 2 },
    { kernel: 'Tan', specs: 1 },
  ]);
});

test('a failed spec, a needless excuse and a run without a spec that passed are findings', () => {
  expect(hasFinding(buildReport('onnx', HEALTHY, EXCUSES, true))).toBe(false);
  const unsupported = spec('a_test.js', 'tan', missing('Tan'));
  expect(hasFinding(buildReport('onnx', [...HEALTHY, unsupported], EXCUSES, true))).toBe(false);
  expect(hasFinding(buildReport('onnx', [unsupported], NO_EXCUSES, true))).toBe(true);
  expect(hasFinding(buildReport('onnx', [spec('a_test.js', 'adds', 'Error')], NO_EXCUSES, true))).toBe(true);
  expect(hasFinding(buildReport('onnx', [spec('b_test.js', 'reads at once')], EXCUSES, false))).toBe(true);
});

test('an excuse that serves no spec is needless, unless specs were left out', () => {
  const others = [spec('a_test.js', 'adds')];
  expect(buildReport('onnx', others, EXCUSES, true).needlessExcuses).toEqual([
    'b_test.js: no spec is named by /at once/',
    'kernel Complex: no spec fails for it',
  ]);
  expect(buildReport('onnx', others, EXCUSES, false).needlessExcuses).toEqual([]);
});

test('the terminal shows the files where something did not pass, and messages when asked', () => {
  const report = buildReport('onnx', [...HEALTHY, spec('b_test.js', 'adds', 'Error: 1 is 2')], EXCUSES, true);
  const control = buildReport(
    'cpu',
    [spec('a_test.js', 'adds'), spec('b_test.js', 'adds')],
    NO_EXCUSES,
    true,
  );
  const brief = renderReport(report, control, { colours: false, verbose: false });
  expect(brief).toMatch(/b_test\.js .* 1 .* 1 .* 1 /);
  expect(brief).not.toContain('a_test.js');
  expect(brief).toContain('and 1 file where every spec passed');
  expect(brief).toContain('onnx: 1 passed, 1 failed, 0 unsupported, 2 excused');
  expect(brief).toContain('cpu: 2 passed, 0 failed, 0 unsupported, 0 excused');
  expect(brief).not.toContain('1 is 2');
  expect(renderReport(report, control, { colours: false, verbose: true })).toContain('1 is 2');
});

test('a failure is told with the calls that led to it, without those of jasmine and of this runner', () => {
  const stack = [
    'TypeError: no backend',
    '    at <Jasmine>',
    '    at Engine.move (engine.js:1:2)',
    '    at kernelFunc (/project/scripts/conformance/spec-runner.ts:3:4)',
    '    at process.processTicks (node:internal/process:1:1)',
    '    at /project/ops/add_test.js:5:6',
  ].join('\n');
  const failed = {
    ...spec('a_test.js', 'adds'),
    failures: [{ message: 'TypeError: no backend', stack }],
  };
  const report = buildReport('onnx', [failed], NO_EXCUSES, true);
  expect(report.specs[0]?.stack).toEqual(['Engine.move (engine.js:1:2)', '/project/ops/add_test.js:5:6']);
  expect(renderReport(report, undefined, { colours: false, verbose: true })).toContain(
    '    at Engine.move (engine.js:1:2)\n    at /project/ops/add_test.js:5:6',
  );
});
