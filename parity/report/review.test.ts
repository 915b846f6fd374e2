import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { annotation, inGitHubActions } from './annotation.js';
import { renderCodequality } from './codequality.js';
import { addStepSummary, annotations, renderMarkdown } from './github.js';
import type { ParityReport } from './parity-report.js';
import { clean, report, viewOf } from './testing/sample-report.js';

const folder = mkdtempSync(join(tmpdir(), 'review-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const view = viewOf(report);
const port = {
  ...view,
  failures: view.failures.map((one) => ({ ...one, source: resolve('src/my-port.ts') })),
};

interface Issue {
  readonly fingerprint: string;
  readonly location: { readonly path: string; readonly lines: { readonly begin: number } };
}
const issuesOf = (one: ParityReport): Issue[] => JSON.parse(renderCodequality(one)) as Issue[];

describe('GitLab code quality', () => {
  it('has each target that differs and each failed check, with a fingerprint of its own', () => {
    const issues = issuesOf(port);
    expect(issues).toHaveLength(5);
    expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(5);
    expect(issues[0]).toMatchObject({
      check_name: 'parity',
      severity: 'major',
      location: { path: 'src/my-port.ts', lines: { begin: 1 } },
    });
    expect(issuesOf(port)).toEqual(issues);
  });

  it('is an empty list for a run in which all is equal', () => {
    expect(issuesOf(viewOf(clean))).toEqual([]);
  });
});

describe('in GitHub Actions', () => {
  it('annotates the file in question with what differs', () => {
    const [first] = annotations(port);
    expect(first).toMatch(
      /^::error file=src\/my-port\.ts,title=gradient mismatch%3A SparseTripletLoss\/SpladeLoss\/triplet::.*%0Anpm run parity/,
    );
    expect(annotations(viewOf(clean))).toEqual([]);
    expect(inGitHubActions({ GITHUB_ACTIONS: 'true' })).toBe(true);
    expect(inGitHubActions({})).toBe(false);
  });

  it('keeps a message on one line, and a property in its place', () => {
    expect(annotation('error', 'a:b,c', '100%\nof\r it', 'x,y:z.ts')).toBe(
      '::error file=x%2Cy%3Az.ts,title=a%3Ab%2Cc::100%25%0Aof%0D it',
    );
  });

  it('shows no more than GitHub does', () => {
    const [first] = view.failures;
    if (first === undefined) throw new Error('the sample has no failure');
    const failures = Array.from({ length: 30 }, (_, index) => ({ ...first, target: `t${index}` }));
    expect(annotations({ ...view, failures })).toHaveLength(10);
  });

  it('adds to the summary of the job', () => {
    const file = join(folder, 'summary.md');
    addStepSummary(view, { GITHUB_STEP_SUMMARY: file });
    addStepSummary(viewOf(clean), { GITHUB_STEP_SUMMARY: file });
    addStepSummary(view, {});
    const summary = readFileSync(file, 'utf8');
    expect(summary).toMatch(/^## ❌ Parity[^]*^## ✅ Parity/m);
    expect(summary).toContain('| SparseTripletLoss/SpladeLoss/triplet | 1 of 4 | 0.00 | inf |');
    expect(() => addStepSummary(view, { GITHUB_STEP_SUMMARY: join(folder, 'no', 'x') })).toThrow(
      /cannot be written/,
    );
  });

  it('escapes markup in the summary', () => {
    const cells = view.cells.map((cell) => ({ ...cell, target: 'a|b <b>' }));
    const summary = renderMarkdown({ ...view, cells });
    expect(summary).toContain(String.raw`| a\|b \<b\> | `);
  });
});
