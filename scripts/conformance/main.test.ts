// @module-tag slow
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, test } from 'vitest';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const folder = mkdtempSync(join(tmpdir(), 'conformance-test-'));
afterAll(() => rmSync(folder, { recursive: true }));

function conformance(args: string[], nodeOptions = '') {
  const command = ['--import', 'tsx', join(ROOT, 'scripts/conformance/main.ts'), ...args];
  const env = { ...process.env, NODE_OPTIONS: nodeOptions };
  const { status, stdout, stderr } = spawnSync(process.execPath, command, {
    cwd: ROOT,
    env,
    encoding: 'utf8',
  });
  return { status, stdout, stderr };
}

function dataUrl(module: string): string {
  return `data:text/javascript,${encodeURIComponent(module)}`;
}

test('a run without a failed spec ends with 0, its counts on the last line and in the JSON file', () => {
  const json = join(folder, 'cpu.json');
  const { status, stdout, stderr } = conformance([
    '--backend',
    'cpu',
    '--file',
    'ops/floor_test',
    '--json',
    json,
  ]);
  expect(stderr).toBe('');
  expect(status).toBe(0);
  const report = JSON.parse(readFileSync(json, 'utf8')) as { summary: { passed: number }; files: unknown[] };
  expect(stdout.trimEnd()).toBe(`cpu: ${report.summary.passed} passed, 0 failed, 0 unsupported, 0 excused`);
  expect(report.files).toHaveLength(1);
});

test('text that names no file or no spec is wrong use', () => {
  const file = conformance(['--file', 'no/such/file']);
  expect([file.status, file.stderr]).toEqual([2, 'no test file of tfjs contains "no/such/file"\n']);
  const spec = conformance(['--backend', 'cpu', '--file', 'ops/floor_test', '--only', 'no such spec']);
  expect([spec.status, spec.stderr]).toEqual([2, 'no spec of 1 test file contains "no such spec"\n']);
  expect(conformance(['--backend', 'webgl']).status).toBe(2);
});

test('without ONNX Runtime it says so and ends with 3', () => {
  const hooks = `export const resolve = (name, context, next) => {
    if (name === 'onnxruntime-node') throw new Error('its library is missing');
    return next(name, context);
  }`;
  const register = `import { register } from 'node:module';
    register(${JSON.stringify(dataUrl(hooks))});`;
  const { status, stderr } = conformance(['--file', 'ops/floor_test'], `--import=${dataUrl(register)}`);
  expect(stderr).toMatch(/onnxruntime-node cannot be loaded \(its library is missing\)/);
  expect(status).toBe(3);
});

test('help shows examples and exit codes', () => {
  const { status, stdout } = conformance(['--help']);
  expect(status).toBe(0);
  expect(stdout).toContain('npm run conformance -- --file');
  expect(stdout).toContain('Exit codes: 0');
});
