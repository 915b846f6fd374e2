// @module-tag slow
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { AREAS, loadAttacks, moduleOf } from './areas.js';
import { LONGEST_NAME } from './attack.js';
import type { Finding } from './messages.js';
import { renderJson, renderText } from './report.js';
import { AttackProcess } from './supervise.js';
import { ATTACKS } from './testing/attacks.js';

const attacker = new AttackProcess();
afterAll(() => attacker.end());

const module = new URL('testing/attacks.ts', import.meta.url).href;
const PROGRAM = fileURLToPath(new URL('../attack.ts', import.meta.url));

describe('a run of attacks', () => {
  it.each<[name: string, outcome: string, tries: number, finding: RegExp]>([
    ['holds', 'held', 3, /^$/],
    ['throws in the second try', '1 failed', 3, /RangeError: planted/],
    ['ends the process', 'SIGSEGV', 1, /ended the process with SIGSEGV/],
    ['throws, then ends the process', 'SIGSEGV', 2, /RangeError: planted[^]*ended the process with SIGSEGV/],
    ['exits', 'exit code 7', 1, /ended the process with exit code 7/],
    ['leaves a rejection', 'exit code 1', 1, /RangeError: planted/],
    ['never ends', 'timeout', 1, /did not end within 1 s/],
    ['computes forever', 'timeout', 1, /did not end within 1 s/],
    ['takes memory', 'memory', 1, /the limit is 300 MB/],
    ['starts what takes memory', 'memory', 1, /the limit is 300 MB/],
    ['takes memory for a large file', 'held', 3, /^$/],
  ])('notices what %s', async (name, outcome, tries, finding) => {
    const attack = ATTACKS.find((each) => each.name === name);
    if (attack === undefined) throw new RangeError(name);
    const told: Finding[] = [];
    const onFinding = (each: Finding): void => void told.push(each);
    const result = await attacker.run(attack, { module, tries: attack.tries.full, seed: 1, onFinding });
    expect(told).toEqual(result.findings);
    expect(result).toMatchObject({ outcome });
    expect(result.tries).toBeLessThanOrEqual(tries);
    expect(result.tries).toBeGreaterThan(0);
    expect(result.findings.map(({ what }) => what).join('\n')).toMatch(finding);
  });
});

describe('the table of attacks', () => {
  it.each(AREAS)('of %s has rows with names of their own, which a terminal has room for', async (area) => {
    const attacks = await loadAttacks(moduleOf(area));
    const names = attacks.map(({ name }) => name);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    expect(names.filter((name) => name.length > LONGEST_NAME)).toEqual([]);
    expect(attacks.some(({ tries }) => tries.quick > 0)).toBe(true);
  });

  it('fits 80 columns', () => {
    const [name, outcome] = ['x'.repeat(LONGEST_NAME), 'exit code 1234567'];
    const result = { name, what: '', expects: '', tries: 100_000, outcome, findings: [], seconds: 1 };
    const results = AREAS.map((area) => ({ ...result, area, peakMegabytes: 12_345 }));
    const widths = renderText(AREAS, results, 1)
      .split('\n')
      .map((line) => line.length);
    expect(Math.max(...widths)).toBeLessThanOrEqual(80);
  });
});

it('the JSON of a run that was stopped says how many attacks are left', () => {
  const parsed = JSON.parse(renderJson(AREAS, [], { seed: 1, left: 3 })) as { summary: object };
  expect(parsed.summary).toEqual({ held: 0, failed: AREAS.length, left: 3 });
});

describe('npm run attack', () => {
  it('refuses wrong use with 2', () => {
    const run = (...options: string[]): number | null =>
      spawnSync(process.execPath, ['--import', 'tsx', PROGRAM, ...options]).status;
    expect(run('--only', 'nowhere')).toBe(2);
    expect(run('--seed', '-1')).toBe(2);
  });
});
