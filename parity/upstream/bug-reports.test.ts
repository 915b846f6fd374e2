import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { bugReports } from './bug-reports.js';
import { FAULTS } from './faults.js';

test('there is a report for every fault, and a fault for every program', () => {
  const reports = bugReports();
  expect(reports.map(({ quirk }) => quirk.id).toSorted()).toEqual(Object.keys(FAULTS).toSorted());
  const programs = readdirSync(join(packageRoot(), 'parity', 'upstream')).filter((name) =>
    name.endsWith('.py'),
  );
  expect(programs.toSorted()).toEqual(reports.map(({ quirk }) => `${quirk.check}.py`).toSorted());
});

test.each(bugReports())('docs/upstream has the present report on $quirk.id', ({ quirk, markdown }) => {
  const file = join(packageRoot(), 'docs', 'upstream', `sentence-transformers-${quirk.id}.md`);
  expect(readFileSync(file, 'utf8')).toBe(markdown);
});
