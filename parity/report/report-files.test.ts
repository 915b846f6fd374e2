import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, it } from 'vitest';
import { clearReports, reportFilesOf, writeErrorReports } from './report-files.js';

const folder = mkdtempSync(join(tmpdir(), 'report-files-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

it.each([
  [['--json', 'a.json', '--junit=b.xml'], { json: 'a.json', junit: 'b.xml' }],
  [['--losses', 'A', '--lossses', 'B', '--junit', 'b.xml', 'stray'], { junit: 'b.xml' }],
  [['--junit'], {}],
  [[], {}],
])('finds the files in %j', (args, files) => {
  expect(reportFilesOf(args)).toEqual(files);
});

it('removes an earlier report, and makes the folder', () => {
  const files = { junit: join(folder, 'deep', 'r.xml') };
  clearReports(files);
  writeFileSync(files.junit, 'all equal');
  clearReports(files);
  expect(readdirSync(join(folder, 'deep'))).toEqual([]);
});

it('says before the run that a report cannot be written, and where', () => {
  const file = join(folder, 'taken');
  mkdirSync(file);
  expect(() => clearReports({ html: file })).toThrow(/^the report .*taken cannot be written: /);
  writeFileSync(join(folder, 'file'), '');
  expect(() => clearReports({ html: join(folder, 'file', 'r.html') })).toThrow(
    /file.r\.html cannot be written/,
  );
  expect(() => clearReports({ html: join('/proc', 'r.html') })).toThrow(/r\.html cannot be written/);
});

it('writes how a run ended that has no report, whole or not at all', () => {
  const files = { json: join(folder, 'r.json'), junit: join(folder, 'r.xml') };
  const error = { kind: 'environment', exitCode: 3, message: 'no Python <3.10>' } as const;
  clearReports(files);
  writeErrorReports(files, error);
  expect(JSON.parse(readFileSync(files.json, 'utf8'))).toEqual({ schemaVersion: 3, error });
  expect(readFileSync(files.junit, 'utf8')).toMatch(
    /tests="1" failures="0" errors="1".*<error type="environment" message="no Python &lt;3\.10&gt;"\/>/s,
  );
  rmSync(files.junit);
  expect(() => writeErrorReports({ junit: folder }, error)).toThrow(/EISDIR|EEXIST|ENOTEMPTY|EPERM/);
  expect(readdirSync(folder).filter((name) => name.startsWith('r.'))).toEqual(['r.json']);
});
