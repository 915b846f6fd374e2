import { expect, test } from 'vitest';
import { NO_EXCUSES, type Excuses } from './excused.js';
import { judge } from './judge.js';
import type { Refusal, SpecResult } from './protocol.js';

const EXCUSES: Excuses = {
  specs: [
    {
      file: 'ops/a_test.js',
      pattern: /reads at once$/,
      reason: 'synchronous read',
      error: /SynchronousReadError/,
    },
  ],
  kernels: { Complex: 'complex64' },
};
const WRONG_NUMBER = 'Error: Arrays differ: actual[0] = 1, expected[0] = 2.';
const NO_TAN = 'UnsupportedKernelError: the onnx engine has no kernel Tan of op tan';

function spec(name: string, messages: string[], refusals: Refusal[] = []): SpecResult {
  const failures = messages.map((message) => ({ message, stack: '' }));
  return { id: 'spec1', file: 'ops/a_test.js', name, failures, refusals };
}

test('a spec without failures has passed, one with a wrong number has failed', () => {
  expect(judge(spec('adds', []), EXCUSES).outcome).toBe('passed');
  expect(judge(spec('adds', [WRONG_NUMBER]), EXCUSES).outcome).toBe('failed');
});

test('an excuse holds for the error it is made for, in the file and spec that it names', () => {
  const read = 'SynchronousReadError: a tensor has not been computed';
  expect(judge(spec('reads at once', [read]), EXCUSES).outcome).toBe('excused');
  expect(judge(spec('reads at once', [WRONG_NUMBER]), EXCUSES).outcome).toBe('failed');
  expect(judge(spec('reads at once', [WRONG_NUMBER, read]), EXCUSES).outcome).toBe('failed');
  expect(judge(spec('reads later', [read]), EXCUSES).outcome).toBe('failed');
  expect(judge({ ...spec('reads at once', [read]), file: 'ops/b_test.js' }, EXCUSES).outcome).toBe('failed');
});

test('an excused spec that passes is told by its excuse', () => {
  expect(judge(spec('reads at once', []), EXCUSES)).toEqual({
    outcome: 'passed',
    kernels: [],
    excuse: EXCUSES.specs[0],
  });
});

test('the missing kernel is named by the error, whoever throws it', () => {
  const { outcome, kernels } = judge(spec('tan', [NO_TAN]), NO_EXCUSES);
  expect([outcome, kernels]).toEqual(['unsupported', ['Tan']]);
  const tfjs = judge(spec('tan', ["Error: Kernel 'Mine' not registered for backend 'onnx'"]), NO_EXCUSES);
  expect([tfjs.outcome, tfjs.kernels]).toEqual(['unsupported', ['Mine']]);
});

test("an error's own property tells the kernel better than its message", () => {
  const failure = {
    message: 'UnsupportedKernelError: no strings',
    stack: "error properties: Object({ kernel: 'string' })",
  };
  expect(judge({ ...spec('equal', []), failures: [failure] }, NO_EXCUSES).kernels).toEqual(['string']);
});

test('a missing kernel does not hide a wrong number', () => {
  expect(judge(spec('tan', [WRONG_NUMBER, NO_TAN]), NO_EXCUSES).outcome).toBe('failed');
});

test('a spec that waits for another error is unsupported when it quotes the refusal', () => {
  const refusals = [{ kernel: 'Tan', message: 'the onnx engine has no kernel Tan of op tan' }];
  const quoted = `Expected function to throw 'bad shape', but it threw '${refusals[0]?.message}'.`;
  expect(judge(spec('throws', [quoted], refusals), NO_EXCUSES).outcome).toBe('unsupported');
  expect(judge(spec('throws', [WRONG_NUMBER], refusals), NO_EXCUSES).outcome).toBe('failed');
});

test('a spec that passes because a missing kernel throws is unsupported', () => {
  const { outcome, kernels } = judge(spec('throws', [], [{ kernel: 'Tan', message: 'no Tan' }]), NO_EXCUSES);
  expect([outcome, kernels]).toEqual(['unsupported', ['Tan']]);
});

test('what the engine declines is excused, unless something else is missing too', () => {
  const declined = 'UnsupportedKernelError: the onnx engine has no kernel Complex';
  expect(judge(spec('fft', [declined]), EXCUSES)).toMatchObject({
    outcome: 'excused',
    kernels: ['Complex'],
    reason: 'complex64',
  });
  expect(judge(spec('fft', [declined, NO_TAN]), EXCUSES).outcome).toBe('unsupported');
});
