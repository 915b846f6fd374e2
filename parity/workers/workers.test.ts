// @module-tag slow
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { packageRoot } from '../../src/package-root.js';
import { builtProgram } from '../../src/testing/built-programs.js';
import { temporaryFolder } from '../../src/testing/files/temporary-folder.js';
import { waitUntil } from '../../src/testing/promises.js';
import { type Chosen, chooseCells } from '../choose.js';
import type { ParityOptions } from '../command.js';
import { originOn } from '../engines.js';
import { mostWorkers, shareOf } from './share.js';

const everything: Chosen = chooseCells(
  { losses: [], formats: [], golden: false } as unknown as ParityOptions,
  originOn('cpu', undefined),
);

describe('the shares of a run', () => {
  it.each([1, 2, 3, 7, 200])('have every cell once: %i processes', (count) => {
    const shares = Array.from({ length: count }, (_, index) => shareOf(everything, { index, count }));
    expect(new Set(shares.flatMap(({ cells }) => cells))).toEqual(new Set(everything.cells));
    expect(new Set(shares.flatMap(({ models }) => models))).toEqual(new Set(everything.models));
    expect(shares.flatMap(({ cells, models }) => [...cells, ...models])).toHaveLength(
      everything.cells.length + everything.models.length,
    );
  });

  it('keep the cells of a model together', () => {
    const { models } = shareOf(everything, { index: 1, count: 2 });
    const names = new Set(models.map(({ source }) => source.name));
    expect(everything.models.filter(({ source }) => names.has(source.name))).toEqual(models);
  });

  it('are no more than there are cells', () => {
    expect(mostWorkers(everything)).toBe(everything.cells.length);
    expect(mostWorkers({ ...everything, cells: [], models: [] })).toBe(1);
  });
});

function start(args: readonly string[]) {
  const json = join(temporaryFolder(), 'report.json');
  const child = spawn(process.execPath, [builtProgram('parity/main'), '--golden', ...args, '--json', json], {
    cwd: packageRoot(),
    stdio: 'ignore',
  });
  const code = new Promise<number | null>((resolve) => child.once('close', resolve));
  return { child, code, report: () => JSON.parse(readFileSync(json, 'utf8')) as object };
}

/** Numbers that differ from run to run. */
const withoutTimes = (report: object): unknown =>
  JSON.parse(JSON.stringify(report), (key, value: unknown) => (/second/i.test(key) ? 0 : value));

describe('npm run parity -- --workers', () => {
  it('gives the same report, whatever the number', async () => {
    const args = ['--losses', 'SparseTripletLoss,FlopsLoss'];
    const [one, three] = [start(args), start([...args, '--workers', '3'])];
    expect([await one.code, await three.code]).toEqual([0, 0]);
    expect(withoutTimes(three.report())).toEqual(withoutTimes(one.report()));
  });

  it.runIf(process.platform === 'linux')('fails with 3 if a process dies', async () => {
    const { child, code, report } = start(['--losses', 'SparseTripletLoss,FlopsLoss', '--workers', '2']);
    const workers = (): string[] =>
      readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, 'utf8').split(' ').filter(Boolean);
    await waitUntil(() => workers().length > 0, 60_000);
    process.kill(Number(workers()[0]), 'SIGKILL');
    expect(await code).toBe(3);
    expect(report()).toMatchObject({
      error: { message: 'process 2 of 2 ended early with SIGKILL, so its cells were not compared' },
    });
  });

  it('refuses to judge a port', async () => {
    const { code, report } = start(['--workers', '2', '--implementation', './no-port.mjs']);
    expect(await code).toBe(2);
    expect(report()).toMatchObject({
      error: { message: '--workers counts no calls of a port; leave it out, or --implementation' },
    });
  });
});
