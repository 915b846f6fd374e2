import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { renderBadge } from './badge.js';
import { renderJson } from './json.js';
import { mergeCommand } from './merge-command.js';
import { mergeReports, type Part } from './merge.js';
import type { ParityReport } from './parity-report.js';
import { type FailedRun, readReport } from './read-report.js';
import { writeErrorReports } from './report-files.js';
import { clean, report, viewOf } from './testing/sample-report.js';
import { exitCodeOf } from './verdict.js';

const folder = mkdtempSync(join(tmpdir(), 'merge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** A shard of a run in which all is equal; only the first tries wrong variants. */
function shard(index: number, count: number, changes: Partial<ParityReport> = {}): Part {
  const { mutants: _, quirks: _quirks, ...rest } = viewOf(clean);
  const cells = rest.cells.map((cell) => ({ ...cell, target: `loss ${index}` }));
  const own = index === 1 ? viewOf(clean) : { ...rest, mutants: [] };
  return { file: `${index}.json`, report: { ...own, cells, shard: { index, count }, ...changes } };
}

const failed: FailedRun = {
  schemaVersion: 3,
  shard: { index: 2, count: 2 },
  error: { kind: 'environment', exitCode: 3, message: 'no Python' },
};

describe('shards of a run', () => {
  it('are one report with the cases of all', () => {
    const merged = mergeReports([shard(2, 3), shard(1, 3), shard(3, 3)]);
    expect(merged.cells.map(({ target }) => target).toSorted()).toEqual(['loss 1', 'loss 2', 'loss 3']);
    expect(merged.summary).toMatchObject({ cases: 15, mismatches: 0 });
    expect(merged.mutants).toEqual(viewOf(clean).mutants);
    expect(merged.quirks).toEqual([{ id: 'kept', still: true, seen: '' }]);
    expect(merged).not.toHaveProperty('shard');
    expect(exitCodeOf(merged)).toBe(0);
  });

  it('fail together if one has a mismatch or a failed check', () => {
    const { cells, failures } = viewOf(report);
    const different = mergeReports([shard(1, 2), shard(2, 2, { cells, failures })]);
    expect(different.summary.mismatches).toBe(2);
    expect(different.failures).toHaveLength(2);
    expect(exitCodeOf(different)).toBe(1);
    const checks = [{ group: 'parity', name: 'cases', failure: 'no case for x' }];
    expect(exitCodeOf(mergeReports([shard(1, 2), shard(2, 2, { checks })]))).toBe(1);
  });

  it('say which of them could not run', () => {
    const merged = mergeReports([shard(1, 2), { file: '2.json', report: failed }]);
    expect(merged.unchecked).toEqual([{ what: 'shard 2 of 2', why: 'no Python', broken: true }]);
    expect(exitCodeOf(merged)).toBe(3);
    expect(() => mergeReports([{ file: 'f', report: { ...failed, shard: { index: 1, count: 1 } } }])).toThrow(
      'no shard has a result to merge; the first failed: no Python',
    );
  });

  it('leave a check out of the run only if a run without shards could', () => {
    const left = [{ group: 'implementation', name: 'loss X', skipped: 'X was not judged' }];
    const made = [{ group: 'implementation', name: 'loss X' }];
    expect(exitCodeOf(mergeReports([shard(1, 2, { checks: left }), shard(2, 2, { checks: made })]))).toBe(0);
    expect(exitCodeOf(mergeReports([shard(1, 2, { checks: left }), shard(2, 2, { checks: left })]))).toBe(1);
  });

  it.each<[string, readonly Part[], RegExp]>([
    ['none', [], /there is no report to merge/],
    ['a missing one', [shard(1, 3), shard(3, 3)], /of 3 shards there is no report of 2/],
    ['a doubled one', [shard(1, 2), shard(1, 2)], /1\.json and 1\.json are both shard 1 of 2/],
    [
      'another number of shards',
      [shard(1, 2), shard(2, 3)],
      /2\.json is shard 2 of 3, but 1\.json is one of 2/,
    ],
    ['another seed', [shard(1, 2), shard(2, 2, { seed: 7 })], /seed is 1 and 7/],
    [
      'another version',
      [shard(1, 2), shard(2, 2, { tool: { name: 'sparse-encoder-parity', version: '9' } })],
      /version of sparse-encoder-parity is .* and 9/,
    ],
    ['another command', [shard(1, 2), shard(2, 2, { command: 'x' })], /command is npm run parity -- and x/],
    [
      'another reference',
      [shard(1, 2), shard(2, 2, { environment: [{ name: 'torch', value: '9', pinned: true }] })],
      /sentence-transformers is 6\.2\.0 and not given/,
    ],
    ['a whole run', [{ file: 'w.json', report: viewOf(clean) }], /w\.json is not the report of a shard/],
  ])('are refused with %s', (_, parts, reason) => {
    expect(() => mergeReports(parts)).toThrow(reason);
  });
});

describe('merge', () => {
  const write = (name: string, text: string): string => {
    const file = join(folder, name);
    writeFileSync(file, text);
    return file;
  };
  const stored = ({ report: part }: Part, name: string): string => {
    if ('error' in part) throw new Error('not a report');
    return write(name, renderJson(part));
  };

  it('writes every report of the whole run, and returns its exit code', () => {
    const inputs = [stored(shard(1, 2), '1.json'), stored(shard(2, 2), '2.json')];
    const [json, html] = [join(folder, 'all.json'), join(folder, 'all.html')];
    expect(mergeCommand(inputs, { json, html, verbose: false })).toBe(0);
    expect(readReport(json)).toMatchObject({ summary: { cases: 10 } });
    expect(readFileSync(html, 'utf8')).toContain('All equal');
  });

  it('takes the report of a shard that could not run', () => {
    const json = join(folder, 'failed.json');
    const error = { kind: 'environment', exitCode: 3, message: 'no Python' } as const;
    writeErrorReports({ json }, error, { index: 2, count: 2 });
    expect(mergeCommand([stored(shard(1, 2), '1.json'), json], { verbose: false })).toBe(3);
  });

  it('does not replace what it reads', () => {
    const file = stored(shard(1, 1), '1.json');
    expect(() => mergeCommand([file], { json: file, verbose: false })).toThrow(
      /is one of the reports to merge/,
    );
    expect(readReport(file)).toMatchObject({ shard: { index: 1 } });
  });

  it.each([
    ['missing.json', undefined, /missing\.json cannot be read/],
    ['broken.json', '{"schemaVersion": 3,', /broken\.json is not JSON/],
    ['old.json', '{"schemaVersion": 2}', /old\.json is a report of version 2; this program reads version 3/],
    ['other.json', '[]', /other\.json is not a report of sparse-encoder-parity/],
    ['part.json', '{"schemaVersion": 3, "seed": 1}', /part\.json is not a whole report/],
  ])('refuses %s', (name, text, reason) => {
    const file = text === undefined ? join(folder, name) : write(name, text);
    expect(() => readReport(file)).toThrow(reason);
  });
});

describe('the badge', () => {
  const green = /fill="#15803d"/;

  it('is green where all is equal, with the cases and the wrong variants that were caught', () => {
    const svg = renderBadge(viewOf(clean));
    expect(svg).toMatch(green);
    expect(svg).toContain('aria-label="parity: 5 cases, 2/2 mutants"');
  });

  it.each<[string, ParityReport | FailedRun, string]>([
    ['a mismatch', viewOf(report), '2 mismatches in 11 cases'],
    ['nothing compared', viewOf({ ...clean, results: [] }), 'nothing compared'],
    ['a run that failed', failed, 'did not run'],
    [
      'a wrong variant that was not caught',
      viewOf({ ...clean, modelKills: { mutants: 1, survivors: ['x'] } }),
      '5 cases, 1/2 mutants, 1 failed check',
    ],
    [
      'what could not be checked',
      { ...viewOf(clean), unchecked: [{ what: 'x', why: 'y', broken: true }] },
      '5 cases, 2/2 mutants, 1 not checked',
    ],
  ])('is not green for %s', (_, of, message) => {
    const svg = renderBadge(of);
    expect(svg).not.toMatch(green);
    expect(svg).toContain(`<title>parity: ${message}</title>`);
  });

  it('is not drawn for a single shard', () => {
    const { report: one } = shard(1, 2);
    expect(() => renderBadge(one)).toThrow(/merge the shards first/);
  });
});
