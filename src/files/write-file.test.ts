import {
  chmodSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { WriteError } from '../errors.js';
import { withFaults } from '../testing/files/faulty-file-system.js';
import { overRun } from '../testing/files/over-run.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { besideName } from './left-overs.js';
import { replaceFiles } from './replace-files.js';
import { endRun, isOver, startRun } from './run.js';
import { writeFileWhole, writeTextWhole } from './write-file.js';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Each way to write a file, with a second file if several are written together. */
const WAYS: readonly [string, (path: string) => Promise<void>][] = [
  ['writeFileWhole', (path) => writeTextWhole(path, 'new')],
  [
    'replaceFiles',
    (path) =>
      replaceFiles([
        { path: `${path}.data`, pieces: [bytes('data')] },
        { path, pieces: [bytes('new')] },
      ]),
  ],
];

describe.skipIf(process.platform === 'win32').each(WAYS)('%s', (_, write) => {
  it('keeps a symbolic link and writes its target', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'elsewhere'));
    writeFileSync(join(folder, 'elsewhere', 'target'), 'older');
    symlinkSync(join('elsewhere', 'target'), join(folder, 'link'));
    await write(join(folder, 'link'));
    expect(lstatSync(join(folder, 'link')).isSymbolicLink()).toBe(true);
    expect(readFileSync(join(folder, 'elsewhere', 'target'), 'utf8')).toBe('new');
    expect(readdirSync(join(folder, 'elsewhere'))).toEqual(['target']);
  });

  it('writes the target of a link that leads to no file yet', async () => {
    const folder = temporaryFolder();
    mkdirSync(join(folder, 'elsewhere'));
    symlinkSync(join('elsewhere', 'target'), join(folder, 'link'));
    await write(join(folder, 'link'));
    expect(readFileSync(join(folder, 'elsewhere', 'target'), 'utf8')).toBe('new');
  });

  it.each([0o600, 0o640, 0o666])('keeps the mode %o', async (mode) => {
    const path = join(temporaryFolder(), 'file');
    writeFileSync(path, 'older');
    chmodSync(path, mode);
    await write(path);
    expect(statSync(path).mode & 0o777).toBe(mode);
    expect(readFileSync(path, 'utf8')).toBe('new');
  });

  it('removes what writings that are over have left, and nothing else', async () => {
    const folder = temporaryFolder();
    const path = join(folder, 'file');
    const [over, alive] = [overRun(), startRun()];
    const elsewhere = over.replace(/^.{8}/, 'ffffffff');
    const kept = [
      besideName(path, alive, 'tmp'),
      besideName(path, elsewhere, 'tmp'),
      besideName(`${path}.more`, over, 'tmp'),
      `${path}.tmp`,
    ];
    for (const left of [...kept, besideName(path, over, 'tmp'), besideName(path, over, 'old')]) {
      writeFileSync(left, 'left');
    }
    await write(path);
    expect(kept.map((each) => existsSync(each))).toEqual(kept.map(() => true));
    expect(readdirSync(folder).filter((name) => name.includes(over) && !name.includes('more'))).toEqual([]);
    endRun(alive);
  });
});

describe('a disk that is full', () => {
  it.each(['write', 'sync'])('is told with the name of the file, at %s', async (failing) => {
    const path = join(temporaryFolder(), 'file');
    const full = Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' });
    const writing = withFaults(
      (operation) => {
        if (operation === failing) throw full;
      },
      () => writeFileWhole(path, [bytes('new')]),
    );
    const error: unknown = await writing.catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(WriteError);
    expect(error).toMatchObject({
      message: `${path} cannot be written: ENOSPC: no space left on device, write`,
      code: 'ENOSPC',
    });
    expect(existsSync(path)).toBe(false);
  });
});

describe('isOver', () => {
  const changed = (run: string, part: number, value: string): string =>
    run.split('-').with(part, value).join('-');
  const START = 3;

  it('tells a run that goes on from one that has ended', () => {
    const run = startRun();
    expect(isOver(run)).toBe(false);
    endRun(run);
    expect(isOver(run)).toBe(true);
  });

  it('takes a run of another machine, another thread or a living process for one that may go on', () => {
    const run = overRun();
    expect(isOver(changed(run, 0, 'ffffffff'))).toBe(false);
    expect(isOver(changed(run, 2, '77'))).toBe(false);
    expect(isOver(changed(changed(run, 1, String(process.ppid)), START, '0'))).toBe(false);
    expect(isOver('not a run')).toBe(false);
  });

  it.skipIf(process.platform !== 'linux')('knows a process by its start, since numbers come again', () => {
    const run = overRun();
    const running = startRun();
    expect(isOver(changed(running, START, '17'))).toBe(true);
    expect(isOver(changed(changed(run, 1, String(process.ppid)), START, '17'))).toBe(true);
    endRun(running);
  });

  it('takes a process that there is not for one that is gone', () => {
    expect(isOver(changed(overRun(), 1, String(2 ** 30)))).toBe(true);
  });
});
