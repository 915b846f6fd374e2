import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, test } from 'vitest';
import { membersOf } from './testing/members.js';
import * as api from './testing/public-api.js';
import { FUNCTION_CALLS, METHOD_CALLS, TENSOR_CALLS } from './testing/users-program/calls.js';
import type { Report } from './testing/users-program/main.js';

const MAIN = fileURLToPath(new URL('./testing/users-program/main.ts', import.meta.url));

/** The reports of the user's program about every call. */
function reportsOf(use: string): Map<string, Report> {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', MAIN, use], {
    encoding: 'utf8',
  });
  // tfjs itself prints advice when the first tensor is made on its backend.
  expect(
    stderr
      .split(/^.*Hi, looks like you are running TensorFlow.js.*$/m)
      .map((told) => told.replace(/[=\s]+/g, '')),
  ).toEqual(use === 'tfjs' ? ['', ''] : ['']);
  expect(status).toBe(0);
  const reports = stdout
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line) as Report);
  return new Map(reports.map((report) => [report.call, report]));
}

const WITHOUT_TENSORS = [...Object.keys(METHOD_CALLS), ...Object.keys(FUNCTION_CALLS)];
const EVERY_CALL = [...WITHOUT_TENSORS, ...Object.keys(TENSOR_CALLS)];
const reports: Record<string, Map<string, Report>> = {};

describe.each([
  { use: 'none', title: 'that never used tfjs', backend: null, calls: WITHOUT_TENSORS },
  { use: 'tfjs', title: "that uses tfjs's cpu backend", backend: 'cpu', calls: EVERY_CALL },
  { use: 'setEngine', title: 'that chose the cpu engine', backend: 'cpu', calls: EVERY_CALL },
])('in a process $title', ({ use, backend, calls }) => {
  beforeAll(() => {
    reports[use] = reportsOf(use);
  });

  test.each(calls)('%s leaves the backend and concurrent computations alone', (call) => {
    const report = reports[use]?.get(call);
    expect(report?.faults).toEqual([]);
    expect(report?.backends).toEqual([backend]);
    expect(report?.rounds).toBeGreaterThan(1);
  });
});

test.each(WITHOUT_TENSORS)("%s gives the same with and without the user's own computations", (call) => {
  expect(reports['tfjs']?.get(call)?.result).toEqual(reports['none']?.get(call)?.result);
});

test('forward warns once that it computes in JavaScript, unless that was chosen', () => {
  expect(reports['tfjs']?.get('forward')?.warnings).toEqual([
    expect.stringContaining("forward runs on tfjs's cpu backend"),
  ]);
  expect(reports['setEngine']?.get('forward')?.warnings).toEqual([]);
});

test('every method of the encoder and every asynchronous function is called', () => {
  const internal = ['constructor', 'withEmbedder', 'contents'];
  const methods = membersOf(api.SparseEncoder)
    .filter(([name, { value }]) => typeof value === 'function' && !internal.includes(name))
    .map(([name]) => name);
  const functions = Object.entries(api).filter(([, value]) => value.constructor.name === 'AsyncFunction');
  // Its purpose is to change the backend.
  const names = functions.map(([name]) => name).filter((name) => name !== 'setEngine');
  expect(names).not.toHaveLength(0);
  expect([...methods, ...names].filter((name) => !EVERY_CALL.includes(name))).toEqual([]);
});
