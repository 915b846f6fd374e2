// @module-tag slow
import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { parse } from 'yaml';
import { z } from 'zod';
import { packageRoot } from '../src/package-root.js';
import { builtProgram } from '../src/testing/built-programs.js';
import { type JobResult, runSteps, stepSchema } from './testing/run-steps.js';

const actionSchema = z.looseObject({
  inputs: z.record(z.string(), z.looseObject({ description: z.string(), default: z.string() })),
  outputs: z.record(z.string(), z.looseObject({ description: z.string(), value: z.string() })),
  runs: z.looseObject({ using: z.literal('composite'), steps: z.array(stepSchema) }),
});
const workflowSchema = z.looseObject({
  jobs: z.record(z.string(), z.looseObject({ steps: z.array(stepSchema) })),
});
const gitlabJobSchema = z.looseObject({ script: z.array(z.string()) });

const read = (file: string): unknown => parse(readFileSync(join(packageRoot(), file), 'utf8'));
const action = actionSchema.parse(read('action.yml'));

/** A project as a user has it: the program is among its modules, and npm notes what it is asked for. */
const folder = mkdtempSync(join(tmpdir(), 'parity ci '));
const programs = join(folder, 'programs');
const env = { PATH: `${programs}${delimiter}${process.env['PATH'] ?? ''}` };
beforeAll(() => {
  writeFileSync(join(folder, 'package.json'), '{"name": "ported", "private": true}');
  executable(join(folder, 'node_modules', '.bin', 'sparse-encoder-parity'), [
    `exec '${process.execPath}' '${builtProgram('parity/main')}' "$@"`,
  ]);
  executable(join(programs, 'npm'), [`echo "npm $*" >>'${join(folder, 'npm.log')}'`]);
  writeFileSync(
    join(folder, 'wrong.mjs'),
    'export default { functions: { "TripletDistanceMetric.MANHATTAN": (x, y) => x.sub(y).square().sum(1) } };',
  );
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function executable(file: string, lines: readonly string[]): void {
  mkdirSync(join(file, '..'), { recursive: true });
  writeFileSync(file, ['#!/bin/sh', ...lines, ''].join('\n'));
  chmodSync(file, 0o755);
}

function runAction(inputs: Readonly<Record<string, string>>, cacheHit = 'true'): Promise<JobResult> {
  const defaults = Object.entries(action.inputs).map(([name, input]) => [name, input.default] as const);
  return runSteps(action.runs.steps, {
    folder,
    inputs: { ...Object.fromEntries(defaults), ...inputs },
    env,
    stubs: { modules: { 'cache-hit': cacheHit } },
  });
}

it('the action compares, keeps the reports and gives the counts', async () => {
  const { code, outputs, summary, log, used } = await runAction(
    { args: '--golden --losses FlopsLoss' },
    'false',
  );
  expect(log).toContain('all equal');
  expect(code).toBe(0);
  expect(outputs['parity']).toMatchObject({
    'exit-code': '0',
    mismatches: '0',
    json: 'parity-report/parity.json',
  });
  expect(Number(outputs['parity']?.['cases'])).toBeGreaterThan(0);
  expect(summary).toMatch(/^## ✅ Parity/);
  expect(readFileSync(join(folder, 'npm.log'), 'utf8')).toBe('npm ci --no-audit --no-fund\n');
  expect(readFileSync(join(folder, 'parity-report', 'parity.html'), 'utf8')).toContain('All equal');
  expect(used.map(({ uses }) => uses.replace(/@.*/, ''))).toEqual([
    'actions/setup-node',
    'actions/setup-python',
    'actions/cache',
    'actions/cache',
    'actions/upload-artifact',
  ]);
  for (const { value } of Object.values(action.outputs)) {
    expect(Object.keys(outputs['parity'] ?? {})).toContain(/outputs\.([\w-]+)/.exec(value)?.[1]);
  }
});

it.each([
  [
    1,
    "--golden --losses SparseTripletLoss --implementation './wrong.mjs'",
    /^::error file=wrong\.mjs,title=/m,
  ],
  [2, '--golden --losses FlopLoss', /^::error title=sparse-encoder-parity::no loss "FlopLoss"/m],
  [3, '--losses FlopsLoss --python ./no-python', /^::error title=sparse-encoder-parity::.*no-python/m],
])('the action fails with %d for %s, and says why on the job', async (expected, args, annotation) => {
  const { code, log, outputs, used } = await runAction({ args });
  expect(log).toMatch(annotation);
  expect(code).toBe(expected);
  expect(outputs['parity']?.['exit-code']).toBe(String(expected));
  // The reports of a run that failed are kept, too.
  expect(used.at(-1)).toMatchObject({
    uses: expect.stringContaining('upload-artifact') as string,
    with: { name: 'parity-report-parity' },
  });
});

it('a workflow merges the shards of the action, and fails where one is missing', async () => {
  const { jobs } = workflowSchema.parse(read('docs/ci/github.yml'));
  const merge = { folder, inputs: {}, env };
  const steps = jobs['merge']?.steps ?? [];
  for (const shard of ['1/2', '2/2']) {
    const { code, used } = await runAction({ args: '--golden --losses SparseMSELoss', shard });
    expect(code).toBe(0);
    expect(used.at(-1)?.with['name']).toBe(`parity-report-parity-${shard.replace('/', '-of-')}`);
  }
  const shards = join(folder, 'shards');
  mkdirSync(shards);
  cpSync(join(folder, 'parity-report', 'parity-1-of-2.json'), join(shards, 'parity-1-of-2.json'));
  const incomplete = await runSteps(steps, merge);
  expect(incomplete.log).toContain('of 2 shards there is no report of 2');
  expect(incomplete.code).toBe(2);
  cpSync(join(folder, 'parity-report', 'parity-2-of-2.json'), join(shards, 'parity-2-of-2.json'));
  const merged = await runSteps(steps, merge);
  expect(merged.log).toContain('all equal');
  expect(merged.code).toBe(0);
  expect(readFileSync(join(folder, 'badge.svg'), 'utf8')).toMatch(/<title>parity: \d+ cases<\/title>/);
});

it('a GitLab job runs its shard, and the last job joins them', async () => {
  const file = z.looseObject({ parity: gitlabJobSchema, 'parity-report': gitlabJobSchema });
  const jobs = file.parse(read('docs/ci/gitlab.yml'));
  rmSync(join(folder, 'shards'), { recursive: true, force: true });
  const run = (script: readonly string[], variables: Record<string, string>): Promise<JobResult> =>
    runSteps([{ run: script.join('\n') }], { folder, inputs: {}, env: { ...env, ...variables } });
  const PARITY_ARGS = '--golden --losses SparseTripletLoss --implementation ./wrong.mjs';
  const codes: number[] = [];
  for (const index of ['1', '2']) {
    const { code } = await run(jobs.parity.script, {
      PARITY_ARGS,
      CI_NODE_INDEX: index,
      CI_NODE_TOTAL: '2',
    });
    codes.push(code);
    const quality = readFileSync(join(folder, 'shards', `quality-${index}.json`), 'utf8');
    expect(z.array(z.looseObject({ fingerprint: z.string() })).parse(JSON.parse(quality)).length > 0).toBe(
      code === 1,
    );
  }
  expect(codes).toContain(1);
  const { code, log } = await run(jobs['parity-report'].script, {});
  expect(log).toContain('NOT EQUAL');
  expect(code).toBe(1);
});
