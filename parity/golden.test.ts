import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { beforeAll, describe, expect, it } from 'vitest';
import { setEngine } from '../src/engine/set-engine.js';
import { setWarningHandler } from '../src/index.js';
import { compareOutcomes } from './compare.js';
import { goldenOf, loadGolden, writeGolden } from './golden.js';
import { runCase } from './run-case.js';
import { runSuite } from './run-suite.js';
import { CaseFileError } from './stored-legs.js';
import { cellName, suiteCells } from './suite.js';

const golden = loadGolden();

beforeAll(async () => {
  await setEngine('cpu');
  setWarningHandler(() => undefined);
});

describe('recorded results of the reference', () => {
  it.each(suiteCells().map((cell) => [cellName(cell), cell] as const))('equal ours: %s', async (_, cell) => {
    const cases = goldenOf(golden, cell);
    expect(cases.length).toBeGreaterThanOrEqual(10);
    for (const { case: one, legs, path } of cases) {
      expect({ path, mismatch: compareOutcomes(await runCase(one), legs).mismatch }).toEqual({ path });
    }
  });

  it('are judged with turns for what else waits, such as an interruption', async () => {
    const [cell] = suiteCells();
    const cases = cell === undefined ? [] : goldenOf(golden, cell).slice(0, 3);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 0);
    await runSuite(cell === undefined ? [] : [cell], {
      plan: () => [...cases],
      judge: async () => cases.map(({ legs }) => legs),
    });
    clearInterval(timer);
    expect(turns).toBeGreaterThan(0);
  });

  it('come from the pinned reference', () => {
    expect(golden.reference.sentenceTransformers).toBe('6.2.0');
    expect(golden.reference.torch).toMatch(/^2\.13\.0/);
  });

  it('are written whole and read back', () => {
    const folder = mkdtempSync(join(tmpdir(), 'golden-'));
    const part = { ...golden, cases: golden.cases.slice(0, 3) };
    writeGolden(part, folder);
    expect(loadGolden(folder)).toEqual(part);
    rmSync(folder, { recursive: true });
  });

  it('are refused where they are damaged or missing, with the file', () => {
    const folder = mkdtempSync(join(tmpdir(), 'golden-'));
    expect(() => loadGolden(folder)).toThrow(/holds no recorded cases; npm run record-golden/);
    writeFileSync(join(folder, 'A.json.gz'), gzipSync('{"reference":{}}'));
    expect(() => loadGolden(folder)).toThrow(CaseFileError);
    writeFileSync(join(folder, 'A.json.gz'), 'no gzip');
    expect(() => loadGolden(folder)).toThrow(/A\.json\.gz cannot be read/);
    rmSync(folder, { recursive: true });
  });
});
