import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { setEngine } from '../src/engine/set-engine.js';
import { loadGolden } from './golden.js';
import { packageRoot } from './package-root.js';
import { saveRegression } from './regressions.js';

const folder = mkdtempSync(join(tmpdir(), 'parity-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lacksTensorFlow = await setEngine('tensorflow').then(
  () => false,
  () => true,
);

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** The command as a user runs it, in a process of its own. */
function parity(args: readonly string[], env: Record<string, string> = {}): Promise<Run> {
  const root = packageRoot();
  const command = ['--import', 'tsx', join(root, 'parity', 'main.ts'), ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      command,
      { cwd: root, env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}

describe('npm run parity', () => {
  it('shows options with examples and exit codes', async () => {
    const { code, stdout } = await parity(['--help']);
    expect(code).toBe(0);
    for (const text of ['--losses', '--golden', 'Examples:', 'Exit codes:']) expect(stdout).toContain(text);
  });

  it('lists cells and kinds of data', async () => {
    const { code, stdout } = await parity(['--list', '--losses', 'SparseTripletLoss']);
    expect(code).toBe(0);
    expect(stdout).toContain('SparseTripletLoss/CSRLoss/triplet');
    expect(stdout).toContain('zero-rows');
    expect(stdout).toContain('model/splade-bert/SpladeLoss  (1 of SPLADE, BERT)');
  });

  it.each([
    [['--lossses', 'x'], /Did you mean --losses\?/],
    [['--losses', 'TripletLoss'], /no loss "TripletLoss"/],
    [['--cases', '0'], /expected a whole number above 0\./],
    [['--backend', 'abacus'], /Allowed choices are/],
    [['--path', 'SparseTripletLoss/none/triplet#tiny:3'], /--path makes a case anew/],
    [['--path', 'model/csr/features'], /--path makes a case anew/],
    [['--model'], /of models nothing is recorded/],
    [['--replay', 'missing.json'], /missing\.json cannot be read/],
    [['stray'], /too many arguments/],
  ])('exits with 2 for %j and says why', async (args, reason) => {
    const { code, stderr } = await parity([...args, ...(args[0] === '--lossses' ? [] : ['--golden'])]);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it.each([
    [['--model', 'splade-birt'], /no model "splade-birt"; there are splade-bert, /],
    [['--model', 'csr', '--losses', 'SpladeLoss'], /no model is compared on these losses and formats/],
    [['--path', 'model/csr/SpladeLoss'], /no path of a model; expected model\/NAME\/CHECK/],
  ])('exits with 2 for %j, before it looks for Python', async (args, reason) => {
    const { code, stderr } = await parity([...args, '--python', join(folder, 'no-python')]);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it('exits with 3 where the Python that is named will not do', async () => {
    const { code, stderr } = await parity(['--python', join(folder, 'no-python')]);
    expect(stderr).toContain('no-python');
    expect(code).toBe(3);
  });

  // Where npm could install it, and after "npm run tensorflow-binding", there is nothing to miss.
  it.runIf(lacksTensorFlow)('exits with 3 where the engine that is named is missing', async () => {
    const { code, stderr } = await parity(['--golden', '--backend', 'tensorflow']);
    expect(stderr).toContain('@tensorflow/tfjs-node-gpu');
    expect(code).toBe(3);
  });

  it('compares with recorded cases, writes reports, and exits with 0', async () => {
    const [json, junit] = [join(folder, 'r.json'), join(folder, 'r.xml')];
    const run = await parity(['--golden', '--losses', 'SparseTripletLoss', '--json', json, '--junit', junit]);
    expect(run.stdout).toMatch(/SparseTripletLoss.*equal/);
    expect(run.code).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      golden: true,
      summary: { mismatches: 0 },
    });
    expect(readFileSync(junit, 'utf8')).toContain('<testsuites tests="4" failures="0"');
  });

  it('judges a port, finds its mistake, and exits with 1', async () => {
    const port = join(folder, 'port.mjs');
    writeFileSync(
      port,
      `export default { functions: { 'TripletDistanceMetric.MANHATTAN': (x, y) => x.sub(y).square().sum(1) } };`,
    );
    const saved = loadGolden().cases.find(
      ({ case: one }) =>
        one.lossOptions['distanceMetric'] === 'TripletDistanceMetric.MANHATTAN' && one.stratum === 'ordinary',
    );
    if (saved === undefined) throw new Error('no recorded case with the Manhattan metric');
    const file = saveRegression('port', { case: saved.case, legs: saved.legs }, folder);
    const { code, stdout } = await parity(['--golden', '--replay', file, '--implementation', port]);
    expect(stdout).toMatch(/(value|gradient) mismatch/);
    expect(code).toBe(1);
  });
});
