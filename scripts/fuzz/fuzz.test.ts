// @module-tag slow
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it, onTestFinished } from 'vitest';
import { inputOf } from './mutate.js';
import { saveInput } from './report.js';
import { fuzz, judge } from './run.js';
import type { FuzzTarget } from './target.js';
import { FUZZ_TARGETS } from './targets.js';

const seed = 20261124;

function targetThat(read: (bytes: Uint8Array) => unknown): FuzzTarget {
  return {
    name: 'planted',
    seeds: () => [new TextEncoder().encode('{"a": [1, 2], "b": "text"}')],
    read,
    promises: (error) => error instanceof RangeError,
    format: 'json',
  };
}

const digest = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'sparse-encoder-fuzz-'));
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

describe('every target', () => {
  it.each(FUZZ_TARGETS)('$name gives a value or the error that it promises, 5,000 times', (target) => {
    expect(fuzz(target, { seed, runs: 5_000 })).toEqual([]);
  });

  it.each(FUZZ_TARGETS)('$name takes its seeds, and some of the mutations', (target) => {
    const seeds = target.seeds();
    for (const bytes of seeds) target.read(bytes);
    const taken = Array.from({ length: 500 }, (_, run) => inputOf(target, seeds, seed, run)).filter(
      (bytes) => {
        try {
          target.read(bytes);
          return true;
        } catch {
          return false;
        }
      },
    );
    expect(taken.length).toBeGreaterThan(5);
    expect(taken.length).toBeLessThan(250);
  });
});

describe('fuzz', () => {
  it('makes the same input of the same seed and run, and leaves the seeds as they are', () => {
    for (const target of FUZZ_TARGETS) {
      const [seeds, untouched] = [target.seeds(), target.seeds()];
      const input = (run: number): string => digest(inputOf(target, seeds, seed, run));
      const inputs = Array.from({ length: 300 }, (_, run) => input(run));
      expect(inputs.toReversed()).toEqual(inputs.map((_, i) => input(299 - i)));
      expect(seeds.map(digest)).toEqual(untouched.map(digest));
      expect(new Set(inputs).size).toBeGreaterThan(200);
    }
  });

  it('finds an error that is not promised, with its stack, and the run makes it again', () => {
    const target = targetThat((bytes) => {
      const text = new TextDecoder().decode(bytes);
      if (text.includes('__proto__')) throw new TypeError('planted');
      if (text.includes('null')) throw new RangeError('promised');
    });
    const [finding] = fuzz(target, { seed, runs: 5_000 });
    expect(finding?.what).toMatch(/^TypeError: planted\n\s+at /);
    const bytes = inputOf(target, target.seeds(), seed, finding?.run ?? -1);
    expect(judge(target, bytes)).toMatch(/^TypeError: planted/);
  });

  it('finds what is thrown and is not an error, and stops after ten findings', () => {
    const target = targetThat(() => {
      // oxlint-disable-next-line typescript/only-throw-error -- what a reader must not do
      throw 'text';
    });
    const findings = fuzz(target, { seed, runs: 1_000 });
    expect(findings.map(({ what }) => what)).toEqual(
      Array.from({ length: 10 }, () => 'threw string: no Error'),
    );
  });

  it('finds a reader that takes too long', () => {
    const target = targetThat(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2_050));
    expect(judge(target, new Uint8Array())).toMatch(/^took 20\d\d ms; the limit is 2000$/);
  });

  it('saves the input of a finding', () => {
    const [target] = FUZZ_TARGETS;
    const folder = temporaryFolder();
    const file = saveInput(target as FuzzTarget, { target: 'safetensors', seed, run: 7, what: '' }, folder);
    const seeds = target?.seeds() ?? [];
    expect(new Uint8Array(readFileSync(file))).toEqual(inputOf(target as FuzzTarget, seeds, seed, 7));
  });
});

describe('npm run fuzz', () => {
  const program = fileURLToPath(new URL('../fuzz.ts', import.meta.url));
  const run = (...options: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', program, ...options], { encoding: 'utf8' });

  it('runs in a thread and reports as JSON', () => {
    const { status, stdout } = run('--runs', '500', '--target', 'modules.json', '--json');
    expect(JSON.parse(stdout)).toMatchObject({
      seed,
      targets: [{ target: 'modules.json', runs: 500, findings: [] }],
    });
    expect(status).toBe(0);
  });

  it('refuses wrong use with 2', () => {
    expect(run('--target', 'modules')).toMatchObject({ status: 2 });
    expect(run('--runs', '0')).toMatchObject({ status: 2 });
    expect(run('--replay', 'x')).toMatchObject({
      status: 2,
      stderr: '--replay reads one input; name its reader with --target\n',
    });
  });

  it('reads one saved input again', () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, 'input.bin'), '{');
    const { status, stdout } = run('--target', 'modules.json', '--replay', join(folder, 'input.bin'));
    expect(stdout).toMatch(/is read, or refused, as it should be/);
    expect(status).toBe(0);
  });
});
