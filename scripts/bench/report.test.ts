import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { buildReport, describeMachine, renderReport, writeReport } from './report.js';
import { summarize } from './statistics.js';

const engines = {
  ours: { engine: 'tfjs cpu', threads: 1 },
  reference: { engine: 'torch', threads: 2 },
};

function reportOf(oursMs: number[], referenceMs: number[]) {
  const row = {
    name: 'FlopsLoss, batch 32',
    ours: summarize(oursMs, { peakMiB: 150, startMiB: 90 }),
    reference: summarize(referenceMs, { peakMiB: 600, startMiB: 500 }),
  };
  return buildReport('losses', describeMachine(2), engines, [row]);
}

test('ours at half the time and a quarter of the memory is 2x and 0.25x', () => {
  const report = reportOf([10, 12, 8], [20, 20, 20]);
  expect(report.rows[0]).toMatchObject({ speedRatio: 2, memoryRatio: 0.25 });
  expect(renderReport(report, false)).toMatch(
    /10 \(8 to 12\).*20 \(20 to 20\).*2x.*150 \(\+60\).*600 \(\+100\).*0.25x/,
  );
});

test('the table says when ours is the slower one', () => {
  expect(renderReport(reportOf([300], [10]), false)).toContain('0.0333x');
});

test('the table names what each side ran on', () => {
  const text = renderReport(reportOf([1], [1]), false);
  expect(text).toContain('ours: tfjs cpu, 1 thread; reference: torch, 2 threads');
});

test('without colours there is no escape sequence in the table', () => {
  expect(renderReport(reportOf([1], [1]), false)).not.toContain('\u001B');
});

test('the file holds the whole report and no temporary file stays beside it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bench-report-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const report = reportOf([1, 2], [3, 4]);
  writeReport(report, join(folder, 'report.json'));
  expect(JSON.parse(readFileSync(join(folder, 'report.json'), 'utf8'))).toEqual(report);
  expect(readdirSync(folder)).toEqual(['report.json']);
});
