// @module-tag slow
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { builtProgram } from '../../testing/built-programs.js';
import { withFaults } from '../../testing/files/faulty-file-system.js';
import { overRun } from '../../testing/files/over-run.js';
import { contents, smallFolder } from '../../testing/files/small-folder.js';
import { temporaryFolder } from '../../testing/files/temporary-folder.js';
import { endRun, startRun } from '../run.js';
import { besides, finishInterruptedSwap } from './swap.js';
import { writeFolder } from './write-folder.js';

const overwrite = { overwrite: true };

async function written(version: number, name = 'model'): Promise<string> {
  const target = join(temporaryFolder(), name);
  await writeFolder(target, smallFolder(version));
  return target;
}

/** The operations of an undisturbed replacement, in order. */
async function operations(): Promise<string[]> {
  const target = await written(1);
  const names: string[] = [];
  await withFaults(
    (operation) => names.push(operation),
    () => writeFolder(target, smallFolder(2), overwrite),
  );
  return names;
}

const neighbours = (target: string): string[] =>
  readdirSync(dirname(target)).filter((name) => name !== basename(target));

describe('writeFolder, when an operation fails', () => {
  it('names the file by the place that its user knows', async () => {
    const target = await written(1);
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const writing = withFaults(
      (operation) => {
        if (operation === 'write') throw full;
      },
      () => writeFolder(target, smallFolder(2), overwrite),
    );
    await expect(writing).rejects.toMatchObject({ name: 'WriteError', code: 'ENOSPC' });
    const [file] = smallFolder(2);
    await expect(writing).rejects.toThrow(`${join(target, file?.path ?? '')} cannot be written: ENOSPC`);
  });

  it('leaves the old folder or the whole new one, at whichever operation', async () => {
    const [old, fresh] = [contents(await written(1)), contents(await written(2))];
    const all = await operations();
    // Three files and three folders are written, and two renames swap the folders.
    expect(all.length).toBeGreaterThan(25);
    expect(all.filter((name) => name === 'rename')).toHaveLength(6);
    const outcomes = new Set<string>();
    for (const [index, operation] of all.entries()) {
      const target = await written(1);
      const fault = new Error(`${operation} ${index}`);
      const writing = withFaults(
        (_, count) => {
          if (count === index) throw fault;
        },
        () => writeFolder(target, smallFolder(2), overwrite),
      );
      await expect(writing).rejects.toBe(fault);
      const found = contents(target);
      expect([old, fresh], fault.message).toContainEqual(found);
      const isNew = JSON.stringify(found) === JSON.stringify(fresh);
      outcomes.add(isNew ? 'new' : 'old');
      // Only the old folder may remain, since the new one has replaced it.
      const left = neighbours(target).map((name) => name.split('.').at(-1));
      expect(left, fault.message).toEqual(isNew ? ['old'] : []);
    }
    expect([...outcomes]).toEqual(['old', 'new']);
  });

  it('leaves nothing where there was no folder, or all of it', async () => {
    const fresh = contents(await written(1));
    for (let index = 0; ; index++) {
      const target = join(temporaryFolder(), 'model');
      const fault = new Error(String(index));
      let reached = false;
      const writing = withFaults(
        (_, count) => {
          if (count !== index) return;
          reached = true;
          throw fault;
        },
        () => writeFolder(target, smallFolder(1)),
      );
      const outcome = await writing.catch((error: unknown) => error);
      if (!reached) break;
      expect(outcome).toBe(fault);
      expect([undefined, fresh], fault.message).toContainEqual(contents(target));
      expect(neighbours(target)).toEqual([]);
    }
  });

  it('keeps the complete new folder if the disk fails for good in the middle of the swap', async () => {
    const target = await written(1);
    const fresh = contents(await written(2));
    const secondOfSwap = (await operations()).lastIndexOf('rename');
    const writing = withFaults(
      (_, count) => {
        if (count >= secondOfSwap) throw new Error('the disk is gone');
      },
      () => writeFolder(target, smallFolder(2), overwrite),
    );
    await expect(writing).rejects.toThrow('the disk is gone');
    expect(contents(target)).toBeUndefined();
    expect(await finishInterruptedSwap(target)).toBe(true);
    expect(contents(target)).toEqual(fresh);
  });
});

describe('writeFolder, when the process is killed', () => {
  const program = builtProgram('src/testing/files/write-and-die');

  async function killedAt(target: string, index: number): Promise<void> {
    const child = spawn(process.execPath, [program, target, String(index)], {
      stdio: 'ignore',
    });
    expect(await once(child, 'exit')).toEqual([null, 'SIGKILL']);
  }

  it('leaves a folder that is whole or can be made so, and the next writing is not in its way', async () => {
    const [old, fresh, next] = [
      contents(await written(1)),
      contents(await written(2)),
      contents(await written(3)),
    ];
    const all = await operations();
    const renames = all.flatMap((name, index) => (name === 'rename' ? [index] : []));
    const points = [
      all.indexOf('write'),
      all.lastIndexOf('write'),
      ...renames.slice(-4),
      all.lastIndexOf('rm'),
    ];
    const states = new Set<string>();
    for (const index of points) {
      const target = await written(1);
      await killedAt(target, index);
      const found = contents(target);
      expect([undefined, old, fresh]).toContainEqual(found);
      states.add(
        found === undefined ? 'none' : found['modules.json'] === fresh?.['modules.json'] ? 'new' : 'old',
      );
      expect(await finishInterruptedSwap(target)).toBe(found === undefined);
      expect(contents(target)).toEqual(found ?? fresh);
      for (const name of neighbours(target)) {
        expect(name).toMatch(/^\.model\.[0-9a-f]{8}-\d+-\d+-\d+-[0-9a-f]{8}\.(writing|complete|old)$/);
      }
      await writeFolder(target, smallFolder(3), overwrite);
      expect(contents(target)).toEqual(next);
      // Nothing of the ended process remains.
      expect(neighbours(target)).toEqual([]);
    }
    expect(states).toEqual(new Set(['old', 'none', 'new']));
  });
});

describe('finishInterruptedSwap', () => {
  /** The files of an ended run that stopped during its swap, or before it. */
  async function left(
    target: string,
    version: number,
    kinds: readonly ('complete' | 'old')[],
  ): Promise<void> {
    const run = overRun();
    for (const kind of kinds) {
      await writeFolder(besides(target, run)[kind], smallFolder(kind === 'old' ? version - 1 : version));
    }
  }

  it('takes no folder for another whose name begins alike', async () => {
    const folder = temporaryFolder();
    await left(join(folder, 'model.v2'), 2, ['complete', 'old']);
    expect(await finishInterruptedSwap(join(folder, 'model'))).toBe(false);
    expect(await finishInterruptedSwap(join(folder, 'model.v2'))).toBe(true);
  });

  it('takes the newest of several', async () => {
    const target = join(temporaryFolder(), 'model');
    for (const version of [2, 4, 6]) await left(target, version, ['complete', 'old']);
    expect(await finishInterruptedSwap(target)).toBe(true);
    expect(contents(target)).toEqual(contents(await written(6)));
  });

  it('does not bring back a folder that was deleted after a writing stopped before its swap', async () => {
    const target = join(temporaryFolder(), 'model');
    await left(target, 2, ['complete']);
    expect(await finishInterruptedSwap(target)).toBe(false);
    await writeFolder(target, smallFolder(3));
    expect(neighbours(target)).toEqual([]);
  });

  it('leaves the folders of a process that is still at it', async () => {
    const target = join(temporaryFolder(), 'model');
    const run = startRun();
    for (const kind of ['complete', 'old'] as const) {
      await writeFolder(besides(target, run)[kind], smallFolder(2));
    }
    expect(await finishInterruptedSwap(target)).toBe(false);
    await writeFolder(target, smallFolder(3));
    expect(neighbours(target)).toHaveLength(2);
    endRun(run);
  });

  it('finds nothing to do where there is no folder at all', async () => {
    expect(await finishInterruptedSwap(join(temporaryFolder(), 'a', 'b'))).toBe(false);
  });
});

describe('several writings of one folder at once', () => {
  it('all succeed, and one of them stays whole', async () => {
    const target = await written(1);
    const versions = [2, 3, 4, 5, 6, 7, 8, 9];
    for (let round = 0; round < 5; round++) {
      await Promise.all(versions.map((version) => writeFolder(target, smallFolder(version), overwrite)));
      const all = await Promise.all(versions.map(async (version) => contents(await written(version))));
      expect(all).toContainEqual(contents(target));
      expect(neighbours(target)).toEqual([]);
    }
  });

  it('into a new place: one succeeds, the others are refused as for a folder that is there', async () => {
    const target = join(temporaryFolder(), 'model');
    const outcomes = await Promise.allSettled(
      [1, 2, 3, 4].map((version) => writeFolder(target, smallFolder(version))),
    );
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refused = outcomes.flatMap((outcome) =>
      outcome.status === 'rejected' ? [(outcome.reason as Error).name] : [],
    );
    expect(refused).toEqual(Array(3).fill('UsageError'));
    expect(neighbours(target)).toEqual([]);
  });
});
