// @module-tag slow
import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { setEngine } from '../src/engine/set-engine.js';
import { packageRoot } from '../src/package-root.js';
import { builtProgram } from '../src/testing/built-programs.js';
import { recordingLoads } from '../src/testing/recording-loads.js';
import { packageVersion } from '../src/version.js';
import { parityCommand } from './command.js';
import { SUBCOMMANDS } from './commands/table.js';
import { loadGolden } from './golden.js';
import { saveRegression } from './regressions.js';

const folder = mkdtempSync(join(tmpdir(), 'parity-command-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const lacksTensorFlow = await setEngine('tensorflow').then(
  () => false,
  () => true,
);

function write(name: string, content: string): string {
  const file = join(folder, name);
  writeFileSync(file, content);
  return file;
}

interface Run {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

interface Counted {
  readonly summary: { readonly cases: number };
  readonly cells: readonly { readonly target: string; readonly cases: number }[];
}

/** The command as a user runs it, in a separate process. */
function parity(
  args: readonly string[],
  env: Record<string, string> = {},
  node: readonly string[] = [],
  main = [builtProgram('parity/main')],
): Promise<Run> {
  const command = [...node, ...main, ...args];
  return new Promise((resolve) => {
    execFile(
      process.execPath,
      command,
      { cwd: packageRoot(), env: { ...process.env, ...env } },
      (error, stdout, stderr) => {
        resolve({ code: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr });
      },
    );
  });
}

it('says the version of the package', async () => {
  expect(await parity(['--version'])).toEqual({ code: 0, stdout: `${packageVersion()}\n`, stderr: '' });
});

it('loads nothing but the parser of the command line to show its help', async () => {
  const loads = join(folder, 'loads');
  const { code } = await parity(
    ['--help'],
    {},
    ['--import', recordingLoads(loads)],
    ['--import', 'tsx', join(packageRoot(), 'parity', 'main.ts')],
  );
  expect(code).toBe(0);
  const loaded = readFileSync(loads, 'utf8');
  expect(loaded).toContain('/parity/command.ts');
  expect(loaded).not.toMatch(
    /\/src\/(?:index|tf)\.ts|\/node_modules\/(?:zod|fast-check|@tensorflow|@bufbuild)\//,
  );
  expect(
    loaded
      .trim()
      .split('\n')
      .filter((each) => /\/(?:src|parity)\//.test(each)).length,
  ).toBeLessThan(26 + Object.keys(SUBCOMMANDS).length);
});

it('has a help of at most 80 columns', () => {
  const help: string[] = [];
  const command = parityCommand(() => Promise.resolve()).configureOutput({
    writeOut: (text) => help.push(text),
  });
  command.outputHelp();
  const lines = help.join('').split('\n');
  expect(lines.length).toBeGreaterThan(40);
  expect(lines.filter((line) => line.length > 80)).toEqual([]);
});

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
    [
      ['--losses', 'SpladeLoss', '--formats', 'matrix'],
      /SpladeLoss is not compared on data of the format matrix/,
    ],
    [['--list', '--junit', join(folder, 'list.xml')], /--list compares nothing/],
    [['--losses', 'TripletLoss'], /no loss "TripletLoss"/],
    [['--cases', '0'], /Expected a whole number of at least 1\./],
    [['--backend', 'abacus'], /Allowed choices are/],
    [['--backend', 'cpu,cpu'], /Allowed choices are onnx, cpu, tensorflow, each once/],
    [['--backend', 'cpu,onnx', '--replay', 'x.json'], /--replay judges on one engine/],
    [['--path', 'SparseTripletLoss/none/triplet#tiny:3'], /--path makes a new case/],
    [['--path', 'model/csr/features'], /--path makes a new case/],
    [['--model'], /no results of models are recorded/],
    [['--training'], /of training nothing is recorded/],
    [['--replay', 'missing.json'], /missing\.json cannot be read/],
    [['stray'], /unknown command 'stray'; there are init, .*doctor/],
  ])('exits with 2 for %j and says why', async (args, reason) => {
    const { code, stderr } = await parity([...args, ...(args[0] === '--lossses' ? [] : ['--golden'])]);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it.each([
    [['--model', 'splade-birt'], /no model "splade-birt"; there are splade-bert, /],
    [['--model', 'csr', '--losses', 'SpladeLoss'], /no model is compared on these losses and formats/],
    [['--training', 'splade'], /no training run "splade"; there are splade-in-batch, /],
    [['--steps', '20'], /--steps is about training; add --training/],
    [['--svg', join(folder, 'x.svg')], /--svg is about training; add --training/],
    [['--training', '--model'], /leave out --losses, --formats, --model/],
    [['--path', 'model/csr/SpladeLoss'], /not a path of a model; expected model\/NAME\/CHECK/],
  ])('exits with 2 for %j, before it looks for Python', async (args, reason) => {
    const { code, stderr } = await parity([...args, '--python', join(folder, 'no-python')]);
    expect(stderr).toMatch(reason);
    expect(code).toBe(2);
  });

  it('exits with 3 where the Python that is named will not do', async () => {
    const [json, junit] = [join(folder, 'e.json'), join(folder, 'e.xml')];
    const given = ['--python', join(folder, 'no-python'), '--json', json, '--junit', junit];
    const { code, stderr } = await parity(given);
    expect(stderr).toContain('no-python');
    expect(code).toBe(3);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      error: { kind: 'environment', exitCode: 3 },
    });
    expect(readFileSync(junit, 'utf8')).toMatch(/errors="1".*<error type="environment"/s);
  });

  // If npm could install it, or after "npm run tensorflow-binding", nothing is missing.
  it.runIf(lacksTensorFlow)('exits with 3 where the engine that is named is missing', async () => {
    const { code, stderr } = await parity(['--golden', '--backend', 'tensorflow']);
    expect(stderr).toContain('@tensorflow/tfjs-node-gpu');
    expect(code).toBe(3);
  });

  it('compares with recorded cases, writes reports, and exits with 0', async () => {
    const [json, junit] = [join(folder, 'r.json'), join(folder, 'r.xml')];
    const run = await parity(['--golden', '--losses', 'SparseTripletLoss', '--json', json, '--junit', junit]);
    expect(run.stdout).toMatch(/^\d+ cases, 0 mismatches$.*^all equal$/ms);
    expect(run.code).toBe(0);
    expect(JSON.parse(readFileSync(json, 'utf8'))).toMatchObject({
      environment: expect.arrayContaining([
        { name: 'results of the reference', value: 'recorded', pinned: true },
      ]) as object[],
      summary: { mismatches: 0 },
    });
    expect(readFileSync(junit, 'utf8')).toContain('<testsuites tests="6" failures="0"');
  });

  it('compares on two engines in one run, and counts each', async () => {
    const json = join(folder, 'two.json');
    const { code, stdout } = await parity(
      '--golden --losses FlopsLoss --backend onnx,cpu --json'.split(' ').concat(json),
    );
    expect(code).toBe(0);
    expect(stdout).toMatch(/^\d+ cases, 0 mismatches$/m);
    const report = JSON.parse(readFileSync(json, 'utf8')) as Counted;
    const [onnx, cpu] = ['onnx', 'cpu'].map((engine) =>
      report.cells.reduce((sum, { target, cases }) => sum + (target.startsWith(engine) ? cases : 0), 0),
    );
    expect(onnx).toBeGreaterThan(0);
    expect([cpu, report.summary.cases]).toEqual([onnx, 2 * (onnx ?? 0)]);
  });

  it('judges a port, finds its mistake, says how to judge it again, and exits with 1', async () => {
    const port = write(
      'port.mjs',
      `export default { functions: { 'TripletDistanceMetric.MANHATTAN': (x, y) => x.sub(y).square().sum(1) } };`,
    );
    const saved = loadGolden().cases.find(
      ({ case: one }) =>
        one.lossOptions['distanceMetric'] === 'TripletDistanceMetric.MANHATTAN' && one.stratum === 'ordinary',
    );
    if (saved === undefined) throw new Error('no recorded case with the Manhattan metric');
    const file = saveRegression(
      'port',
      { case: saved.case, legs: saved.legs },
      { implementation: { path: port, sha256: 'an earlier state' }, backend: 'cpu' },
      folder,
    );
    const forgotten = await parity(['--golden', '--replay', file]);
    expect(forgotten).toMatchObject({
      code: 2,
      stderr: expect.stringContaining(`add --implementation ${port}`) as string,
    });

    const { code, stdout } = await parity(['--golden', '--replay', file, '--implementation', port]);
    expect(stdout).toMatch(/(value|gradient) mismatch/);
    expect(stdout).toMatch(/called\s+TripletDistanceMetric\.MANHATTAN\s+2\s+times/);
    expect(code).toBe(1);
  });

  it('exits with 1 where nothing of a port is called, in the JUnit report, too', async () => {
    const port = write('unused.mjs', 'export default { losses: { SparseMSELoss: class {} } };');
    const junit = join(folder, 'unused.xml');
    const selected = ['--golden', '--losses', 'FlopsLoss', '--implementation', port, '--junit', junit];
    const { code, stdout } = await parity(selected);
    expect(stdout).toContain('SparseMSELoss was never called');
    expect(readFileSync(junit, 'utf8')).toContain('<failure message="SparseMSELoss was never called');
    expect(code).toBe(1);
  });

  it.each([
    ['is missing', undefined, 2, /there is no such file/],
    ['is broken', '\nexport default {{', 2, /broken\.mjs:2: SyntaxError/],
    ['ends the process', 'process.exit(0);', 70, /ended before it had compared all/],
    ['never ends', 'await new Promise(() => undefined);', 70, /ended before it had compared all/],
    ['throws where nobody catches it', 'process.nextTick(() => { throw new Error("late"); });', 70, /late/],
  ])('says so, with an error in the JUnit report, if the port %s', async (_, content, expected, reason) => {
    const port = content === undefined ? join(folder, 'none.mjs') : write('broken.mjs', content);
    const junit = join(folder, 'error.xml');
    writeFileSync(junit, 'the report of an earlier run');
    const { code, stderr } = await parity(['--golden', '--implementation', port, '--junit', junit]);
    expect(stderr).toMatch(reason);
    expect(readFileSync(junit, 'utf8')).toMatch(/tests="1" failures="0" errors="1"/);
    expect(code).toBe(expected);
  });
});
