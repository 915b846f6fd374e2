import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { describe, expect, it } from 'vitest';
import { UsageError } from '../errors.js';
import { withFaults } from '../testing/files/faulty-file-system.js';
import { temporaryFolder } from '../testing/files/temporary-folder.js';
import { type FileContent, replaceFiles } from './replace-files.js';

const NAMES = ['data', 'more data', 'model'];

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

function filesOf(folder: string, text: string): FileContent[] {
  return NAMES.map((name) => ({ path: join(folder, name), pieces: [bytes(`${name} `), bytes(text)] }));
}

/** A folder with older versions of these files. */
function folderWith(older: readonly string[]): string {
  const folder = temporaryFolder();
  for (const name of older) writeFileSync(join(folder, name), `${name} older`);
  return folder;
}

/** The contents of all files in a folder, including those left by a failure. */
function contents(folder: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(folder)
      .toSorted()
      .map((name) => [name, readFileSync(join(folder, name), 'utf8')]),
  );
}

const allOf = (names: readonly string[], text: string): Record<string, string> =>
  Object.fromEntries(names.map((name) => [name, `${name} ${text}`]));

/** Whether the last file exists together with anything but exactly the files of its version. */
function isMixed(found: Record<string, string>, older: readonly string[]): boolean {
  const named = Object.fromEntries(Object.entries(found).filter(([name]) => NAMES.includes(name)));
  const versions = [allOf(older, 'older'), allOf(NAMES, 'new')];
  return named['model'] !== undefined && !versions.some((version) => isDeepStrictEqual(named, version));
}

/** The operations of an undisturbed replacement, in order. */
async function operationsWith(older: readonly string[]): Promise<string[]> {
  const names: string[] = [];
  await withFaults(
    (operation) => names.push(operation),
    () => replaceFiles(filesOf(folderWith(older), 'new')),
  );
  return names;
}

describe.each([
  ['no older file', []],
  ['older files', NAMES],
  ['an older last file', ['model']],
  ['an older first file', ['data']],
])('replaceFiles, with %s', (_, older) => {
  it('writes all the files and leaves nothing else', async () => {
    const folder = folderWith(older);
    await replaceFiles(filesOf(folder, 'new'));
    expect(contents(folder)).toEqual(allOf(NAMES, 'new'));
  });

  it('restores what was there, whichever operation fails', async () => {
    const operations = await operationsWith(older);
    expect(operations.filter((name) => name === 'rename')).toHaveLength(NAMES.length + older.length);
    // Once the older files are being deleted, the new ones are in place for good.
    const undoable = operations.slice(0, operations.length - older.length);
    for (const [index, operation] of undoable.entries()) {
      const folder = folderWith(older);
      const fault = new Error(`${operation} ${index}`);
      const writing = withFaults(
        (__, count) => {
          if (count === index) throw fault;
        },
        () => replaceFiles(filesOf(folder, 'new')),
      );
      await expect(writing).rejects.toBe(fault);
      expect(contents(folder), fault.message).toEqual(allOf(older, 'older'));
    }
  });

  it('has all of one version beside its last file or no last file, wherever it stops for good', async () => {
    const operations = await operationsWith(older);
    for (const index of operations.keys()) {
      const folder = folderWith(older);
      const writing = withFaults(
        (__, count) => {
          if (count >= index) throw new Error('the disk is gone');
        },
        () => replaceFiles(filesOf(folder, 'new')),
      );
      await expect(writing).rejects.toThrow('the disk is gone');
      const found = contents(folder);
      expect(isMixed(found, older), JSON.stringify(found)).toBe(false);
      // Nothing is lost as long as the new files are not all in place.
      const kept = found['model'] === 'model new' ? {} : allOf(older, 'older');
      expect(Object.values(found)).toEqual(expect.arrayContaining(Object.values(kept)));
    }
  });
});

describe('replaceFiles', () => {
  it('says where older files are that it cannot move back', async () => {
    const folder = folderWith(NAMES);
    const first = (await operationsWith(NAMES)).indexOf('rename');
    const writing = withFaults(
      (_, count) => {
        if (count > first) throw new Error('the disk is gone');
      },
      () => replaceFiles(filesOf(folder, 'new')),
    );
    await expect(writing).rejects.toThrow(
      'the disk is gone; undoing the changes failed, too (the disk is gone): older files may be beside their paths, with names that end in .old',
    );
    const moved = readdirSync(folder).filter((name) => /^model\..*\.old$/.test(name));
    expect(moved.map((name) => readFileSync(join(folder, name), 'utf8'))).toEqual(['model older']);
  });

  it('restores what was there when a file cannot be made', async () => {
    function* failing(): Generator<Uint8Array> {
      yield new Uint8Array(10);
      throw new Error('no space left');
    }
    const folder = folderWith(NAMES);
    const [data, ...others] = filesOf(folder, 'new');
    const files = [data as FileContent, { path: join(folder, 'failing'), pieces: failing() }, ...others];
    await expect(replaceFiles(files)).rejects.toThrow('no space left');
    expect(contents(folder)).toEqual(allOf(NAMES, 'older'));
  });

  it('replaces a single file in one step', async () => {
    const folder = folderWith(['model']);
    const operations: string[] = [];
    await withFaults(
      (operation) => operations.push(operation),
      () => replaceFiles(filesOf(folder, 'new').slice(-1)),
    );
    expect(operations.filter((name) => name === 'rename')).toHaveLength(1);
    expect(contents(folder)).toEqual(allOf(['model'], 'new'));
  });

  it('refuses a folder in the place of a file, before it writes anything', async () => {
    const folder = folderWith(['data']);
    mkdirSync(join(folder, 'model'));
    const operations: string[] = [];
    const writing = withFaults(
      (operation) => operations.push(operation),
      () => replaceFiles(filesOf(folder, 'new')),
    );
    await expect(writing).rejects.toThrow(
      new UsageError(`${join(folder, 'model')} is a folder; expected a file to replace, or none`),
    );
    expect(operations).toEqual([]);
    expect(readdirSync(folder).toSorted()).toEqual(['data', 'model']);
  });
});
